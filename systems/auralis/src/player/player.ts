import { toDbfs } from '@sustain/audio';
import { systemClock, systemRandom, type Timer } from '@sustain/kernel';
import { Aurora } from './aurora.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { ControlDesk } from './control-desk.ts';
import { Controls, fillSlider, setText } from './controls.ts';
import type { PlayerFigures } from './figures.ts';
import { LevelMeter } from './level-meter.ts';
import { keys } from './music-parameters.ts';
import { Playback } from './playback.ts';
import { playerStatus } from './player-state.ts';
import type { ServerMessage } from './server-message.ts';
import type { FromWorklet } from './worklet-messages.ts';

declare global {
  interface Window {
    /** What the player is doing, measured. A new object about 10 times a second. */
    auralis: PlayerFigures;
  }
}

const REPORT_MS = 100;
/** How often the server is told what is heard. */
const TELL_SERVER_MS = 1000;

/** The page: connects what is heard, what is shown and what is asked for. */
class Page {
  readonly #play = byId('play') as HTMLButtonElement;
  readonly #state = byId('state');
  readonly #meter = new LevelMeter(byId('level-value') as HTMLMeterElement, byId('meter'), byId('level'));
  readonly #aurora = new Aurora(byId('aurora') as HTMLCanvasElement, () =>
    this.#heard === undefined ? undefined : this.#playback?.analyser,
  );
  readonly #desk: ControlDesk;
  readonly #controls: Controls;
  readonly #connection: Connection;
  #playback: Playback | undefined;
  /** While the browser prepares its audio a second press changes nothing. */
  #starting = false;
  #connectionState: ConnectionState = { state: 'closed' };
  #heard: FromWorklet | undefined;
  #nextReport: Timer | undefined;
  #toldServerMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#desk = new ControlDesk({
      send: (message) => this.#connection.send(message),
      clock: systemClock,
      onChange: () => this.#showControls(),
      onNotice: (text) => setText(byId('notice'), text),
    });
    this.#controls = new Controls({ root: byId('music'), desk: this.#desk, clock: systemClock });
    this.#connection = new Connection({
      url: streamUrl(),
      clock: systemClock,
      random: systemRandom,
      bufferMs: () => this.#heard?.prebufferMs,
      listener: {
        onState: (state) => this.#connectionChanged(state),
        onMessage: (message) => this.#receive(message),
        onFrame: (frame) => this.#playback?.push(frame),
      },
    });
    this.#play.onclick = () => void this.#toggle();
    const volume = byId('volume') as HTMLInputElement;
    volume.oninput = () => this.#volumeChanged(volume);
    this.#volumeChanged(volume);
    this.#show();
  }

  get #wanted(): boolean {
    return this.#connectionState.state !== 'closed' && this.#connectionState.state !== 'refused';
  }

  async #toggle(): Promise<void> {
    if (this.#starting) return;
    if (this.#wanted) {
      this.#connection.close();
      return;
    }
    this.#starting = true;
    try {
      this.#playback ??= await this.#createPlayback();
      this.#connection.open();
      this.#report();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#connectionChanged({ state: 'refused', reason });
    } finally {
      this.#starting = false;
    }
  }

  async #createPlayback(): Promise<Playback> {
    const playback = await Playback.create({
      clock: systemClock,
      workletUrl: new URL('worklet.js', document.baseURI).href,
      onFigures: (figures) => this.#measured(figures),
      onBroken: () => this.#connection.refuse('The audio thread stopped. Press play to start it again.'),
    });
    playback.setVolume((byId('volume') as HTMLInputElement).valueAsNumber / 100);
    return playback;
  }

  #connectionChanged(state: ConnectionState): void {
    this.#connectionState = state;
    if (state.state === 'reconnecting' && state.attempt >= 3) void this.#lookWhetherSignedOut();
    if (state.state !== 'open') this.#desk.disconnected();
    if (!this.#wanted) {
      this.#desk.closed();
      this.#playback?.end();
      this.#heard = undefined;
    }
    (byId('music') as HTMLFieldSetElement).disabled = state.state !== 'open';
    this.#show();
  }

  /** Pages do not see why a connection is refused: whoever is signed out would be told that it is made again, for ever. */
  async #lookWhetherSignedOut(): Promise<void> {
    const answer = await fetch(document.baseURI, { method: 'HEAD', cache: 'no-store' }).catch(
      () => undefined,
    );
    const isSignedOut = answer?.status === 401 || answer?.status === 403;
    if (isSignedOut && this.#connectionState.state === 'reconnecting')
      this.#connection.refuse('You are signed out. Reload the page to sign in.');
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'welcome') {
      const problem = this.#playback?.problemWith(message.format);
      if (problem !== undefined) {
        this.#connection.refuse(problem);
        return;
      }
      this.#playback?.begin(message.format, message.prebufferMs);
    }
    this.#desk.receive(message);
  }

  #report(): void {
    if (!this.#wanted) return;
    this.#playback?.report();
    this.#nextReport?.cancel();
    this.#nextReport = systemClock.schedule(REPORT_MS, () => this.#report());
  }

  #measured(figures: FromWorklet): void {
    if (!this.#wanted) return;
    this.#heard = figures;
    this.#tellServer(figures);
    this.#desk.heardUpTo(figures.samplePosition);
    this.#show();
    this.#showControls();
  }

  /** By this the server sees who hears nothing, though the connection is there. */
  #tellServer({ samplePosition, underruns, bufferedMs, concealedMs }: FromWorklet): void {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - this.#toldServerMs < TELL_SERVER_MS || this.#connectionState.state !== 'open') return;
    this.#toldServerMs = nowMs;
    const playedSample = Math.round(samplePosition);
    this.#connection.send(
      JSON.stringify({ type: 'playback', playedSample, underruns, bufferedMs, concealedMs }),
    );
  }

  #show(): void {
    const { state, words } = playerStatus(this.#connectionState, this.#heard);
    const heard = this.#heard;
    window.auralis = Object.freeze({
      state,
      levelDbfs: toDbfs(heard?.rms ?? 0),
      framesReceived: heard?.framesReceived ?? 0,
      framesPlayed: heard?.framesPlayed ?? 0,
      underruns: heard?.underruns ?? 0,
      concealedMs: heard?.concealedMs ?? 0,
      bufferedMs: heard?.bufferedMs ?? 0,
      degraded: heard?.degraded ?? false,
    });
    document.body.dataset.state = state;
    this.#play.setAttribute('aria-label', this.#wanted ? 'Pause' : 'Play');
    setText(this.#state, words);
    this.#meter.show(window.auralis.levelDbfs);
    setText(byId('buffered'), `${Math.round(window.auralis.bufferedMs)} ms`);
    setText(byId('underruns'), String(window.auralis.underruns));
    setText(byId('concealed'), `${(window.auralis.concealedMs / 1000).toFixed(1)} s`);
  }

  #showControls(): void {
    this.#controls.render(this.#heard?.samplePosition ?? 0, 44_100);
    const key = this.#desk.parameters?.key;
    if (key !== undefined) this.#aurora.hue = 150 + keys.indexOf(key) * 15;
  }

  #volumeChanged(volume: HTMLInputElement): void {
    fillSlider(volume);
    setText(byId('volume-value'), `${volume.value} %`);
    this.#playback?.setVolume(volume.valueAsNumber / 100);
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element #${id}`);
  return element;
}

/** The stream stands beside the page: /auralis/ has it at /auralis/stream. */
function streamUrl(): string {
  const url = new URL('stream', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

new Page();
