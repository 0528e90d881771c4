/** @internal The longest value of a label, in UTF-16 code units. */
export const MAX_LABEL_LENGTH = 128;

/** @internal The value of all labels of the series that takes what is beyond the limit of an instrument. */
export const OVERFLOW = '__overflow__';

/**
 * @internal What anything is called as the value of a label: short, well-formed, and made without an error, whatever it
 * is. What is not there is the empty text, which to Prometheus is a label that is not there. Of an error it is the name,
 * of another object its kind; of a long text the beginning.
 */
export function labelText(value: unknown): string {
  let text: string;
  try {
    text = plainText(value);
  } catch {
    return 'unreadable';
  }
  return (text.length > MAX_LABEL_LENGTH ? `${text.slice(0, MAX_LABEL_LENGTH - 1)}…` : text).toWellFormed();
}

/** @internal The value of one label of what a caller gave, which may throw when it is read. */
export function readLabel(labels: Readonly<Record<string, unknown>> | undefined, name: string): string {
  try {
    return labelText(labels?.[name]);
  } catch {
    return 'unreadable';
  }
}

/** @internal A text that holds nothing else in memory: a piece of a large text keeps all of it. */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (value instanceof Error) return `${value.name}`;
  if (typeof value === 'object' || typeof value === 'function')
    return Object.prototype.toString.call(value).slice(8, -1);
  return String(value);
}
