/** @internal What the caller says of a key. A throw says no: an operation must not fail of it. */
export function vouches(says: (key: string) => boolean, key: string): boolean {
  try {
    return says(key) === true;
  } catch {
    return false;
  }
}
