/** Options that most tasks have. */
export const dir = {
  name: "dir" as const,
  description: "Directory of deployment.json (default: deploy/networks/<network>)",
  defaultValue: "",
};

/** The same for tasks that read the parameters, too. */
export const dirWithParameters = {
  ...dir,
  description: "Directory of parameters.json5 and deployment.json (default: deploy/networks/<network>)",
};

export const json = { name: "json" as const, description: "Print JSON, amounts in wei" };

export const from = {
  name: "from" as const,
  description: "Account of the network that sends: its number or address",
  defaultValue: "0",
};
