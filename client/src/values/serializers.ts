/** The serializers of one app: by name for writing, by content type for reading. */

import { OptionError, PayloadError, UsageError } from '@celeriac/protocol';
import {
  contentTypeOf,
  decodeValue,
  encodeValue,
  JSON_CONTENT_TYPE,
  nearestName,
  show,
} from '@celeriac/protocol/calling';
import type { WirePayload } from '@celeriac/protocol/internal';
import { devalueCoder } from '#devalue';
import type { HostedSerializers } from '../hosting.ts';
import { type Coder, readSerializer } from './serializer.ts';

const HINT = "; serializer: 'devalue' carries it";

const jsonCoder: Coder = {
  name: 'json',
  contentType: JSON_CONTENT_TYPE,
  encode: (value, what) => encodeValue(value, what, HINT),
  decode: (body, what) => decodeValue(body, what),
};

/** @internal */
export class Serializers implements HostedSerializers {
  readonly #byName = new Map<string, Coder>();
  readonly #byType = new Map<string, Coder>();

  constructor() {
    for (const coder of [jsonCoder, devalueCoder]) this.#add(coder);
  }

  /** @throws UsageError for what is no serializer, and for a name or content type that is taken */
  register(given: unknown): void {
    const coder = readSerializer(given);
    const { name, contentType } = coder;
    if (this.#byName.has(name)) throw new UsageError(`this app already has a serializer '${name}'`);
    const other = this.#byType.get(contentType);
    if (other !== undefined)
      throw new UsageError(
        `the content type '${contentType}' of serializer '${name}' is that of '${other.name}'`,
      );
    this.#add(coder);
  }

  /** @throws OptionError when there is none of that name here. @param of whose option it is: "add" */
  check(name: string, of: string): void {
    if (!this.#byName.has(name)) throw this.#unknown(name, of);
  }

  /** `undefined` is the empty body in JSON, whatever the serializer. @throws PayloadError, OptionError */
  encode(name: string, value: unknown, what: string): WirePayload {
    const coder = this.#byName.get(name);
    if (coder === undefined) throw this.#unknown(name, what);
    return write(coder, value, what);
  }

  /** An empty payload of a serializer, for {@link encodeLike}. */
  emptyOf(name: string): WirePayload {
    const { contentType = JSON_CONTENT_TYPE } = this.#byName.get(name) ?? {};
    return contentType === JSON_CONTENT_TYPE ? '' : [contentType, ''];
  }

  encodeLike(like: WirePayload, value: unknown, what: string): WirePayload {
    return write(typeof like === 'string' ? jsonCoder : this.#coderOf(like, what), value, what);
  }

  decode(wire: WirePayload, what: string): unknown {
    // Nearly every payload, and the one that comes as its bare body.
    if (typeof wire === 'string') return decodeValue(wire, what);
    return this.#coderOf(wire, what).decode(wire[1], what);
  }

  #coderOf(wire: WirePayload, what: string): Coder {
    const contentType = contentTypeOf(wire);
    const coder = this.#byType.get(contentType);
    if (coder !== undefined) return coder;
    const known = [...this.#byType.keys()].join(', ');
    throw new PayloadError(
      `${what} came as ${show(contentType)}, which no serializer of this app reads (known are ${known}); add it with app.registerSerializer()`,
    );
  }

  #unknown(name: string, of: string): OptionError {
    const known = [...this.#byName.keys()];
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
    return new OptionError(
      'serializer',
      `${of}: there is no serializer ${show(name)}, known are ${known.join(', ')}${hint}`,
    );
  }

  #add(coder: Coder): void {
    this.#byName.set(coder.name, coder);
    this.#byType.set(coder.contentType, coder);
  }
}

function write(coder: Coder, value: unknown, what: string): WirePayload {
  if (value === undefined) return '';
  const body = coder.encode(value, what);
  return coder.contentType === JSON_CONTENT_TYPE ? body : [coder.contentType, body];
}
