export type DeploymentErrorCode =
  | "AlreadyProposed"
  | "ArtifactMissing"
  | "ForeignDeployment"
  | "IncompleteDeployment"
  | "InvalidParameters"
  | "MigrationNeeded"
  | "MigrationUnknown"
  | "NoGovernor"
  | "NoStake"
  | "NotNow"
  | "NotOwner"
  | "NotPrepared"
  | "NotProposed"
  | "ProposalsOverlap"
  | "ReleaseInvalid"
  | "SimulationFailed"
  | "TransactionFailed"
  | "UpgradeRefused"
  | "VerificationFailed"
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
