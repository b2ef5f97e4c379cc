/** A build that can not go on, for a reason that its author can do something about. */
export class BuildError extends Error {
  name = 'BuildError';
}
