/** A JSON Schema (2020-12, the dialect of OpenAPI 3.1) as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How the API's description names one of its schemas: `#/components/schemas/Problem`. */
export function schemaUriOf(name: string): string {
  return `#/components/schemas/${name}`;
}
