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
 * is, how much its token asks. Asking for `/health/live` is never limited: whoever watches it would restart us.
 */
export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Who asks, or why it is not let in. */
  admit(request: IncomingMessage, client: Client): Identity | Refusal {
    const { admission, limits, authentication } = this.#options;
    const isWriting = writes(request);
    const isProbe = request.url === LIVE_PATH && !isWriting;
    const refusal =
      (isProbe ? undefined : limits.refusesAddress(client.addressKey)) ??
      admission.refuses(request, client.isHttps);
    if (refusal !== undefined) return refusal;
    const identity = authentication.identify(request, client, isWriting);
    if (identity instanceof Refusal || identity.state === 'anonymous') return identity;
    return limits.refusesToken(identity.name) ?? identity;
  }
}
