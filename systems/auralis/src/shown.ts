/** Any value in a line of `maxLength` characters at most, for messages about it. Never throws. */
export function shown(value: unknown, maxLength: number): string {
  const text = textOf(value);
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

function textOf(value: unknown): string {
  try {
    // JSON has no NaN, and nothing at all for undefined and functions.
    return (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value);
  } catch {
    return `[${typeof value}]`;
  }
}
