import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Complaint } from './code-blocks.ts';

const repository = resolve(import.meta.dirname, '../..');

/** Complains about links and images of a document that lead to no file here. Links to elsewhere are not followed. */
export function brokenLinks(file: string, markdown: string): Complaint[] {
  return markdown.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(repository, dirname(file), target)))
      .map((target) => `${file}:${index + 1}: there is no ${target}`),
  );
}
