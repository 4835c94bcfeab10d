import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "artifacts", "cache", "types", "out", "coverage", "offchain/web/vendor"] },
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["*.js"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/require-await": "off",
      // Node runs these files by erasing types, so what has to be compiled is not available.
      "no-restricted-syntax": [
        "error",
        "TSEnumDeclaration",
        "TSParameterProperty",
        "TSModuleDeclaration[kind!='global'][declare!=true]",
      ],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // chai's `expect(x).to.be.true` is an expression on purpose.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: "readonly", console: "readonly" } },
  },
  {
    files: ["offchain/web/*.js"],
    languageOptions: {
      globals: { document: "readonly", window: "readonly", location: "readonly", URLSearchParams: "readonly" },
    },
  },
);
