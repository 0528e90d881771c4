import type { IncomingMessage } from 'node:http';
import { type Admission, writes } from './admission.ts';
import { type Admitted, type Authentication, LIVE_PATH } from './auth/index.ts';
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

  /** Who asks, or why it is not let in. `route`: the template of its route; an upgrade has none. */
  admit(request: IncomingMessage, client: Client, route?: undefined): Admitted;
  admit(request: IncomingMessage, client: Client, route: string | undefined): Admitted | Promise<Admitted>;
  admit(request: IncomingMessage, client: Client, route?: string): Admitted | Promise<Admitted> {
    const { admission, limits, authentication } = this.#options;
    const isWriting = writes(request);
    const isProbe = request.url === LIVE_PATH && !isWriting;
    const refusal =
      (isProbe ? undefined : limits.refusesAddress(client.addressKey)) ??
      admission.refuses(request, client.isHttps);
    if (refusal !== undefined) return refusal;
    const identity = authentication.identify(request, client, isWriting, route);
    return identity instanceof Promise ? identity.then((found) => this.#limit(found)) : this.#limit(identity);
  }

  #limit(identity: Admitted): Admitted {
    if (identity instanceof Refusal || identity.state === 'anonymous') return identity;
    return this.#options.limits.refusesToken(identity.name) ?? identity;
  }
}
