import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const folders = ['packages', 'systems', 'studio', 'bench', 'scripts', 'test'];
const live = folders.map((folder) => `${folder}/**/*.live.test.ts`);

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether long tests take their full form: `npm run test:long`. */
    long: boolean;
  }
}

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/build/**', '**/dist/**'],
    restoreMocks: true,
    provide: { long: process.env['SUSTAIN_TEST_LONG'] !== undefined },
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
      {
        // The kernel promises to run in browsers: its own tests, save those that need Node (`.node.test.ts`), in Chromium.
        extends: true,
        test: {
          name: 'chromium',
          include: ['packages/kernel/src/**/*.test.ts'],
          exclude: ['**/*.live.test.ts', '**/*.node.test.ts', 'packages/kernel/src/node/**'],
          fileParallelism: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 3 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
                args: ['--no-sandbox', '--disable-dev-shm-usage'],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
