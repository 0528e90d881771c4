import type { Write } from '../backend.ts';
import type { Revision } from '../contract.ts';
import type { Answer, MoreOfWrite, PackedAnswers, PackedRequests, Request } from './messages.ts';

/** @internal */
export function packRequests(requests: Iterable<Request>): PackedRequests {
  const packed: PackedRequests = { keys: [], texts: [], expected: [], more: [] };
  for (const request of requests) {
    const isWrite = request.kind === 'write';
    packed.keys.push(isWrite ? request.write.key : '');
    packed.texts.push(isWrite ? (request.write.text ?? null) : null);
    packed.expected.push(isWrite ? (request.write.expected ?? ANY) : ANY);
    packed.more.push(isWrite ? moreOf(request.write) : request);
  }
  return packed;
}

/** @internal */
export function unpackRequests({ keys, texts, expected, more }: PackedRequests): readonly Request[] {
  return keys.map((key, at): Request => {
    const rest = more[at] as PackedRequests['more'][number];
    if (rest !== null && rest.kind !== 'write') return rest;
    const expectedAt = expected[at] as Revision;
    return {
      kind: 'write',
      write: {
        key,
        text: texts[at] ?? undefined,
        expected: expectedAt === ANY ? undefined : expectedAt,
        ttlMs: rest?.ttlMs,
        operationId: rest?.operationId,
        guard: rest?.guard,
      },
    };
  });
}

/** @internal */
export function packAnswers(answers: readonly Answer[]): PackedAnswers {
  return answers.map((answer) =>
    typeof answer === 'object' && 'outcome' in answer && answer.outcome === 'written'
      ? answer.revision
      : answer,
  );
}

/** @internal */
export function unpackAnswer(packed: PackedAnswers[number]): Answer {
  return typeof packed === 'number' ? { outcome: 'written', revision: packed } : packed;
}

const ANY = -1;

function moreOf({ ttlMs, operationId, guard }: Write): MoreOfWrite | null {
  if (ttlMs === undefined && operationId === undefined && guard === undefined) return null;
  return { kind: 'write', ttlMs, operationId, guard };
}
