/** Somebody pressed Ctrl-C; the command ended as wished. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
