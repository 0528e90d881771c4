import { defineFaults, severity } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Catalog, faultsTable, faultsWithoutMeaning } from './index.ts';

const facts = { category: 'test', severity: severity.ERROR, recovery: 'restart', message: 'x' } as const;
const catalog = (system: string, ...codes: string[]): Catalog =>
  defineFaults(system, Object.fromEntries(codes.map((code) => [code, facts])));

const store = catalog('stores', 'AWAY', 'UNKNOWN', 'CLOSED');
const lease = catalog('stores', 'LEASE_LOST', 'LEASE_TAKEN');

const HEAD = '| code | severity | recovery | meaning and what to do |\n|---|---|---|---|';
const written = `# Faults

What they are.

## stores

What can break in a store.

${HEAD}
| AWAY | ERROR | restart | It cannot be reached. Look at \`a \\| b\`. |
| UNKNOWN | ERROR | restart | It may have happened. |
| CLOSED | ERROR | restart | It was used after its end. |

Of a lease:

${HEAD}
| LEASE_LOST | ERROR | restart | Others may have it now. |
| LEASE_TAKEN | ERROR | restart | It was not free in time. |

## audio

${HEAD}
| CUT | ERROR | restart | The frame is too short. |
`;
const audio = catalog('audio', 'CUT');

describe('the document of faults', () => {
  it('stays as it is when it says what is declared', () => {
    expect(faultsTable([store, lease, audio], written)).toBe(written);
  });

  it('keeps what a person wrote when severity or recovery change', () => {
    const changed = defineFaults('audio', {
      CUT: { ...facts, severity: severity.WARNING, recovery: 'none' },
    });
    expect(faultsTable([store, lease, changed], written)).toBe(
      written.replace('| CUT | ERROR | restart |', '| CUT | WARNING | none |'),
    );
  });

  it('puts a new fault beside its neighbours in its catalog, with nothing said of it yet', () => {
    const stores = catalog('stores', 'AWAY', 'FULL', 'UNKNOWN', 'CLOSED');
    const leases = catalog('stores', 'LEASE_EARLY', 'LEASE_LOST', 'LEASE_TAKEN', 'LEASE_LATE');
    const lines = faultsTable([stores, leases, audio], written).split('\n');
    const around = (code: string) =>
      lines.slice(lines.indexOf(`| ${code} | ERROR | restart |  |`)).slice(0, 2)[1];
    expect(around('FULL')).toContain('| UNKNOWN |');
    expect(around('LEASE_EARLY')).toContain('| LEASE_LOST |');
    expect(around('LEASE_LATE')).toBe('');
    expect(faultsWithoutMeaning(lines.join('\n'))).toEqual([
      'stores FULL',
      'stores LEASE_EARLY',
      'stores LEASE_LATE',
    ]);
  });

  it('follows the order of the declarations, but leaves catalogs in the order of the page', () => {
    const turned = catalog('stores', 'CLOSED', 'AWAY', 'UNKNOWN');
    const codes = [...faultsTable([lease, turned, audio], written).matchAll(/^\| ([A-Z_]+) /gm)];
    expect(codes.map(([, code]) => code)).toEqual([
      'CLOSED',
      'AWAY',
      'UNKNOWN',
      'LEASE_LOST',
      'LEASE_TAKEN',
      'CUT',
    ]);
  });

  it('drops what is no longer declared, and keeps the prose around it', () => {
    const text = faultsTable([catalog('stores', 'AWAY')], written);
    expect(text).not.toMatch(/UNKNOWN|LEASE_|CUT/);
    expect(text).toContain('Of a lease:');
    expect(text).not.toContain('## audio'); // of which only its heading would be left
    expect(faultsTable([], text)).toContain('What can break in a store.');
  });

  it('keeps one row of two for the same fault', () => {
    const row = '| CUT | ERROR | restart | The frame is too short. |\n';
    expect(faultsTable([store, lease, audio], `${written}${row}`)).toBe(written);
  });

  it('gives a new system a section, and a section without a table one', () => {
    const text = faultsTable([store, lease, audio, catalog('jobs', 'DEAD')], written);
    expect(text).toBe(`${written}\n## jobs\n\n${HEAD}\n| DEAD | ERROR | restart |  |\n`);
    const bare = '# Faults\n\n## jobs\n\nThe queue.\n\n## audio\n\nSound.\n';
    expect(faultsTable([catalog('jobs', 'DEAD'), audio], bare)).toBe(
      `# Faults\n\n## jobs\n\nThe queue.\n\n${HEAD}\n| DEAD | ERROR | restart |  |\n\n` +
        `## audio\n\nSound.\n\n${HEAD}\n| CUT | ERROR | restart |  |\n`,
    );
  });

  it('takes a table in a code block for the example that it is', () => {
    const example = `# Faults\n\n\`\`\`\n## audio\n${HEAD}\n| OLD | ERROR | none | As an example. |\n\`\`\`\n`;
    expect(faultsTable([], example)).toBe(example);
  });

  it('is the same when it is made of itself, whatever was declared and written before', () => {
    const codes = fc.uniqueArray(fc.constantFrom('AWAY', 'UNKNOWN', 'LEASE_LOST', 'NEW_A', 'NEW_B', 'NEW_C'));
    fc.assert(
      fc.property(codes, fc.nat(6), codes, (some, cut, others) => {
        const catalogs = [
          catalog('stores', ...some.slice(0, cut)),
          catalog('stores', ...some.slice(cut)),
          catalog('audio', ...others),
        ];
        const once = faultsTable(catalogs, written);
        expect(faultsTable(catalogs, once)).toBe(once);
        const count = (text: string) => [...text.matchAll(/^\| [A-Z_]+ \|/gm)].length;
        expect(count(once)).toBe(some.length + others.length);
      }),
    );
  });
});
