import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '@sustain/drills';
import type { Service } from './service.ts';

const run = promisify(execFile);

/**
 * A sound card made of software. Play into the microphone with `paplay --device=micfeed`, hear the speaker with
 * `parec --device=speaker.monitor`. `norewinds`: without it the first sound takes over a second.
 */
const script = (socket: string) => `\
load-module module-native-protocol-unix auth-anonymous=1 socket=${socket}
load-module module-cli-protocol-unix
load-module module-null-sink norewinds=1 sink_name=speaker rate=48000 channels=2 sink_properties=device.description=CI-Speaker
load-module module-null-sink norewinds=1 sink_name=micfeed rate=48000 channels=1 sink_properties=device.description=CI-MicFeed
load-module module-remap-source source_name=mic master=micfeed.monitor channels=1 source_properties=device.description=CI-Microphone
set-default-sink speaker
set-default-source mic
`;

const settings = [
  '-n',
  '--daemonize=no',
  '--exit-idle-time=-1',
  '--disable-shm=yes',
  '--realtime=no',
  '--high-priority=no',
];

export const pulseaudio: Service = {
  name: 'pulseaudio',
  about: 'a microphone and a speaker without a sound card',
  debianPackages: ['pulseaudio', 'pulseaudio-utils'],
  elsewhere: 'brew install pulseaudio',
  locate: () => (findProgram('pactl') === undefined ? undefined : findProgram('pulseaudio')),

  async start(program, folder) {
    const home = folder.folder('pulseaudio');
    const socket = join(home, 'native');
    const file = join(home, 'start.pa');
    writeFileSync(file, script(socket));
    const lead = {
      PULSE_SERVER: `unix:${socket}`,
      PULSE_COOKIE: join(home, 'cookie'),
      XDG_RUNTIME_DIR: home,
    };
    const env = { ...process.env, ...lead, HOME: home };
    await folder.serve({
      name: 'pulseaudio',
      command: [program, ...settings, '-F', file],
      env,
      isReady: () =>
        run('pactl', ['list', 'short', 'sources'], { env }).then(
          ({ stdout }) => /\tmic\t/.test(stdout),
          () => false,
        ),
    });
    return lead;
  },
};
