import { Document, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { hides, REDACTED, type Secrecy, secrecyWithin, withoutSecrets } from '../secrets/index.ts';
import type { LoadedConfiguration } from './loaded-configuration.ts';
import { originText } from './origin.ts';
import { pathText, type SettingPath } from './setting-path.ts';

/**
 * The configuration as YAML, for people and once at the start: every setting, and beside each that is not the default,
 * who said so. What is under names of secrets and passwords in addresses is `[redacted]`, control characters are
 * replaced. Variables that set nothing and sections that fell back stand above it. `changed` leaves the defaults out.
 */
export function printConfiguration(loaded: LoadedConfiguration, which: 'all' | 'changed' = 'all'): string {
  const { settings, file, warnings, fault } = loaded;
  const broken = (fault?.context['sections'] ?? []) as readonly string[];
  const head = [
    file === undefined
      ? 'No configuration file: what is not noted is a default.'
      : `From ${file}; what is not noted is a default.`,
    ...broken.map((section) => `"${section}" is broken: its defaults are used.`),
    ...warnings.map((warning) => `Careful: ${warning}.`),
  ];
  const document = new Document(shown(settings, 'none'));
  note(document.contents, [], loaded, which);
  if (isMap(document.contents) && document.contents.items.length === 0) return comments(head);
  const text = document.toString({ lineWidth: 0, commentString: (comment) => comment.replace(/^/gm, '#') });
  return comments(head) + text;
}

function comments(lines: readonly string[]): string {
  return lines.map((line) => `# ${plain(withoutSecrets(line))}\n`).join('');
}

/** A copy that may be seen. */
function shown(value: unknown, secrecy: Secrecy): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item, secrecy));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [plain(name), shown(part, secrecyWithin(secrecy, name))]),
    );
  }
  if (value !== '' && hides(secrecy, value)) return REDACTED;
  return typeof value === 'string' ? plain(withoutSecrets(value)) : value;
}

function note(node: unknown, path: SettingPath, loaded: LoadedConfiguration, which: 'all' | 'changed'): void {
  if (!isMap(node)) return;
  for (const pair of [...node.items]) {
    const { key, value } = pair as Pair<Node, Node>;
    const to = [...path, String(isScalar(key) ? key.value : key)];
    if (isMap(value) && value.items.length > 0) {
      note(value, to, loaded, which);
      if (value.items.length === 0) node.delete(key);
      continue;
    }
    const origin = loaded.originOf(pathText(to));
    if (origin.source === 'default') {
      if (which === 'changed') node.delete(key);
      continue;
    }
    const comment = ` ${plain(originText(origin))}`;
    // Beside a value; a list has none on its line, so above its first item.
    if (isSeq(value) && value.items.length > 0) value.commentBefore = comment;
    else if (value) value.comment = comment;
  }
}

/** Nothing that moves a terminal's cursor or turns its text around. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
