/** A source file of this repository, of a package or system: `sourceOf('packages/kernel/src/policies/retry/retry.ts')`. */
export function sourceOf(path: string): URL {
  return new URL(`../../../../${path}`, import.meta.url);
}
