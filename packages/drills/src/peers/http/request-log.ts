import type { RequestRecord, SeenRequest } from './seen-request.ts';

/** The last requests: so many at most, with bodies of so many bytes together at most, and always the last one. */
export class RequestLog {
  readonly requests: RequestRecord[] = [];
  readonly #most: number;
  readonly #waiting = new Set<(request: SeenRequest) => void>();
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(request: RequestRecord): void {
    this.count++;
    this.requests.push(request);
    this.trim();
    const told = [...this.#waiting];
    this.#waiting.clear();
    for (const tell of told) tell(request);
  }

  next(): Promise<SeenRequest> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Forgets the oldest. */
  trim(): void {
    const bytes = () => this.requests.reduce((sum, { body }) => sum + ('bytes' in body ? body.bytes : 0), 0);
    while (this.requests.length > this.#most || (this.requests.length > 1 && bytes() > MOST_BYTES)) {
      this.requests.shift();
    }
  }
}

const MOST_BYTES = 256 * 2 ** 20;
