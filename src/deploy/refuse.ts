import { SlipwayError } from '../core/index.js';

/** What cannot be deployed so: `USAGE`, with the reason and with what would make it work. */
export function cannotDeploy(target: string, reason: string, remedy: readonly string[]): TargetRefusal {
  return new TargetRefusal(target, reason, remedy);
}

/** A target that cannot serve what it was asked to; another may. */
export class TargetRefusal extends SlipwayError {
  readonly target: string;
  readonly reason: string;

  constructor(target: string, reason: string, remedy: readonly string[]) {
    super('USAGE', `target '${target}' cannot serve this: ${reason}`, { try: [...remedy] });
    this.target = target;
    this.reason = reason;
  }
}
