import type { IncomingMessage } from 'node:http';
import { type Admission, writes } from './admission.ts';
import { type Authentication, type Identity, LIVE_PATH } from './auth/index.ts';
import type { Client, RequestLimits } from './rate-limit/index.ts';
import { Refusal } from './refusal.ts';

export interface GateOptions {
  readonly admission: Admission;
  readonly limits: RequestLimits;
  readonly authentication: Authentication;
}

/**
 * The one way in, for plain requests and for upgrades: how much the address asks, whether it may come in at all, who it
 * is, how much its token asks. `/health/live` is never limited: whoever watches it would restart us.
 */
export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Who asks, or why it is not let in. */
  admit(request: IncomingMessage, client: Client): Identity | Refusal {
    const { admission, limits, authentication } = this.#options;
    const isLimited = request.url !== LIVE_PATH;
    const refusal =
      (isLimited ? limits.refusesAddress(client.addressKey) : undefined) ??
      admission.refuses(request, client.isHttps);
    if (refusal !== undefined) return refusal;
    const identity = authentication.identify(request, client, writes(request));
    if (identity instanceof Refusal || identity.state === 'anonymous') return identity;
    return limits.refusesToken(identity.name) ?? identity;
  }
}
