/** Who said what a setting is. A later one in this list wins over an earlier one. */
export type Origin =
  | { readonly source: 'default' }
  | { readonly source: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly source: 'environment'; readonly variable: string }
  | { readonly source: 'flag' }
  /** `ConfigurationManager.set`, while the program ran. */
  | { readonly source: 'set' };

/** For a person: `sustain.yaml, line 5, column 3`, `environment SUSTAIN_PORT`. */
export function originText(origin: Origin): string {
  switch (origin.source) {
    case 'file':
      return `${origin.file}, line ${origin.line}, column ${origin.column}`;
    case 'environment':
      return `environment ${origin.variable}`;
    case 'set':
      return 'set while running';
    default:
      return origin.source;
  }
}
