export type DeploymentErrorCode =
  | "ArtifactMissing"
  | "ForeignDeployment"
  | "IncompleteDeployment"
  | "InvalidParameters"
  | "MigrationNeeded"
  | "ReleaseInvalid"
  | "TransactionFailed"
  | "WrongChain"
  | "WrongDeployer";

/** What stops a deployment. The message says what to do. */
export class DeploymentError extends Error {
  readonly code: DeploymentErrorCode;

  constructor(code: DeploymentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DeploymentError";
    this.code = code;
  }
}
