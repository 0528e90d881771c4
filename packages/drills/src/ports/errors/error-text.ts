/** @internal What a trace says of an error: its name, and its code or status. Not its message, which may hold contents. */
export function errorText(error: object): string {
  const { name, code, status } = error as Readonly<Record<'name' | 'code' | 'status', unknown>>;
  return [name, typeof code === 'string' ? code : status].filter((part) => part !== undefined).join(' ');
}
