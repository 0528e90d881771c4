import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { GpuError } from './gpu-error.ts';

/**
 * What the environment of a process needs to have for its GPU to be SwiftShader, which Chromium brings along: all of
 * WebGPU on the CPU, slowly. It must be set before the process opens a GPU. Throws GPU_UNAVAILABLE where Chromium is
 * not installed.
 */
export function softwareGpuEnvironment(): Readonly<Record<'VK_DRIVER_FILES' | 'VK_ICD_FILENAMES', string>> {
  const chromium = process.env['CHROMIUM_PATH'];
  const folders = [...(chromium === undefined ? [] : [dirname(chromium)]), ...FOLDERS];
  const driver = folders
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((path) => existsSync(path));
  if (driver === undefined) {
    const searched = folders.join(', ');
    throw new GpuError('GPU_UNAVAILABLE', `no vk_swiftshader_icd.json in ${searched}; install Chromium`);
  }
  // The second name is what loaders of before 2022 look at.
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
}

/** Where Debian, Ubuntu and Google put it. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
