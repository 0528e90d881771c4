import type { WriteAnswer } from './write-request.ts';

/** @internal What came of the operations that callers have named, lately: who repeats one is answered as then. */
export class OperationAnswers {
  readonly #answers = new Map<string, WriteAnswer>();

  keep(operationId: string, answer: WriteAnswer): void {
    this.#answers.set(operationId, answer);
    if (this.#answers.size <= MAX_ANSWERS) return;
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest);
      break;
    }
  }

  find(operationId: string): WriteAnswer | undefined {
    return this.#answers.get(operationId);
  }
}

const MAX_ANSWERS = 10_000;
