import { join, resolve } from 'node:path';
import ts from 'typescript';
import type { CodeBlock, Complaint } from './code-blocks.ts';

const repository = resolve(import.meta.dirname, '../..');

/** A TypeScript block and the file that holds it for the compiler and for Node. */
export interface BlockFile {
  readonly block: CodeBlock;
  readonly path: string;
}

/** Checks the types of all blocks in one program, with the strictness of the repository. */
export function typeCheck(files: readonly BlockFile[]): Complaint[] {
  if (files.length === 0) return [];
  const base = join(repository, 'tsconfig.base.json');
  const { config } = ts.readConfigFile(base, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository);
  const program = ts.createProgram({
    rootNames: files.map(({ path }) => path),
    options: {
      ...options,
      lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
    },
  });
  const blockAt = new Map(files.map(({ block, path }) => [path, block]));
  return files
    .flatMap(({ path }) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    })
    .map((diagnostic) => {
      const { file, start = 0 } = diagnostic;
      const block = blockAt.get(file?.fileName ?? '');
      const line = (block?.line ?? 0) + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
      return `${block?.file}:${line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
}
