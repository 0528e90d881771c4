/** The names and indexes that lead to a setting. */
export type SettingPath = readonly (string | number)[];

/** As a person writes it: `logging.output[0].maxSize`. A name that is no word is quoted: `models["gpt-4.1"]`. */
export function pathText(path: SettingPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'string' && WORD.test(step)) text += `${text && '.'}${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The other way; `logging.output.0.maxSize` is understood, too. */
export function parsePath(text: string): SettingPath {
  return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|[^.[\]]+/g)].map(([step, quoted]) => {
    if (quoted !== undefined) return unquoted(quoted);
    return /^\d+$/.test(step) ? Number(step) : step;
  });
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text; // with an escape that JSON does not know: the name of no setting
  }
}

/** Not of digits alone: that is the place in a list. */
const WORD = /^(?!\d+$)[\w-]+$/;
