/**
 * @internal A value that is JSON already: stores of ours write it as it is, so that it is not made twice; others make it
 * again of what it says.
 */
export class JsonText {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }

  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}
