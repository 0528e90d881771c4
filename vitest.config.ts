import { defineConfig } from 'vitest/config';

const folders = ['packages', 'systems', 'studio', 'bench', 'scripts', 'test'];
const live = folders.map((folder) => `${folder}/**/*.live.test.ts`);

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/build/**', '**/dist/**'],
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: folders.map((folder) => `${folder}/**/*.test.ts`),
          exclude: ['**/node_modules/**', '**/build/**', '**/dist/**', ...live],
          maxWorkers: '100%',
          testTimeout: 30_000, // a busy machine is slow; what has to be fast measures it
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What measures real time, sound or processes: one file after the other, and only when nothing else runs.
        extends: true,
        test: {
          name: 'live',
          include: live,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
