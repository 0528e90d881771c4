/** The text, or its beginning and how much of it is left out. */
export function clipped(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters)} … (${text.length - mostCharacters} more characters)`;
}
