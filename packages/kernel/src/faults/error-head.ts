/** What anything thrown says of itself. */
export interface ErrorHead {
  /** Of what is no error, its kind: `thrown string`. */
  readonly name: string;
  /** Of what is no error, its data. */
  readonly message: string;
  /** The host's code, as `ECONNREFUSED`: the error's own or, as `fetch` hides the host's error, that of its cause. */
  readonly code?: string | undefined;
}

/** Reads what anything thrown says of itself. Never throws, and reads no stack, which is what costs. */
export function headOf(thrown: unknown): ErrorHead {
  const head: { -readonly [Field in keyof ErrorHead]: ErrorHead[Field] } = {
    name: `thrown ${typeof thrown}`,
    message: '[unreadable]',
  };
  try {
    const { name, message, code, cause } = Object(thrown);
    const known = code ?? cause?.code;
    if (typeof known === 'string') head.code = known;
    if (typeof message === 'string') {
      head.message = message;
      if (typeof name === 'string') head.name = name;
    } else head.message = typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown);
  } catch {
    // It throws when it is looked at: what has been seen of it is worth having.
  }
  return head;
}

/** Code, name and message in a line, to know an error by its beginning. */
export function labelOf({ name, message, code }: ErrorHead): string {
  return `${code} ${name} ${message}`;
}
