import { findProgram } from '@sustain/drills';
import type { Service } from './service.ts';

/** Programs that tests start themselves: the environment says where they are. */
export const programs: readonly Service[] = [
  program({
    name: 'chromium',
    about: 'runs the web pages, and is the GPU of tests',
    debianPackages: ['chromium', 'fonts-liberation', 'libvulkan1'],
    elsewhere: 'install Chromium or Chrome',
    variable: 'CHROMIUM_PATH',
    candidates: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
  }),
  program({
    name: 'ffmpeg',
    about: 'makes and measures audio files',
    debianPackages: ['ffmpeg'],
    elsewhere: 'brew install ffmpeg',
    variable: 'FFMPEG_PATH',
    candidates: ['ffmpeg'],
  }),
  program({
    name: 'espeak',
    about: 'speaks, for the voice tests',
    debianPackages: ['espeak-ng'],
    elsewhere: 'brew install espeak-ng',
    variable: 'ESPEAK_PATH',
    candidates: ['espeak-ng'],
  }),
  program({
    name: 'promtool',
    about: 'reads metrics as Prometheus does',
    debianPackages: ['prometheus'],
    elsewhere: 'brew install prometheus',
    variable: 'PROMTOOL_PATH',
    candidates: ['promtool'],
  }),
];

function program(
  options: Omit<Service, 'locate' | 'start'> & {
    readonly variable: string;
    readonly candidates: readonly string[];
  },
): Service {
  const { variable, candidates, ...service } = options;
  return {
    ...service,
    locate: () => findProgram(...[process.env[variable] ?? []].flat(), ...candidates),
    start: async (path) => ({ [variable]: path }),
  };
}
