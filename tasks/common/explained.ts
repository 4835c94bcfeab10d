import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

type Load<A, R> = () => Promise<{ default: (args: A, hre: HardhatRuntimeEnvironment) => Promise<R> }>;

/** Loads a task's action such that what it fails with tells the user what to do. */
export function explained<A, R>(load: Load<A, R>): Load<A, R> {
  return async () => {
    const { default: action } = await load();
    return {
      default: async (args, hre) => {
        try {
          return await action(args, hre);
        } catch (error) {
          const { failureOf } = await import("./failure.ts");
          throw await failureOf(error);
        }
      },
    };
  };
}
