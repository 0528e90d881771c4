import { AnsweredProblem } from '@sustain/drills';

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, all else as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Nothing is in it of an empty one. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** An answer that says no. Where it is a problem that names a fault, that is its cause. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`, {
      cause: AnsweredProblem.of(answer.body),
    });
    this.answer = answer;
  }
}

/** Asks a server of sessions by HTTP. Rejects with Refused for what is 400 or above. */
export async function ask(
  url: string,
  { method = 'GET', headers, body, signal }: Asked = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  const answer = {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
  if (answer.status >= 400) throw new Refused(answer);
  return answer;
}
