/**
 * Dates, Maps, Sets, BigInts, regular expressions, typed arrays, `undefined`, NaN and cycles, by the library devalue.
 * It makes only the built-in classes that it knows, calls nothing by a name from the wire, and refuses `__proto__`.
 */

import { PayloadError } from '@celeriac/protocol';
import { describeFailure, kindOf, placeOf, VALUE_DEPTH } from '@celeriac/protocol/internal';
import { DevalueError, parse, type StringifyOperations, stringify } from 'devalue';
import { type Coder, DEVALUE_TYPE } from './serializer.ts';
import { surveyWalk } from './survey.ts';

/** A part of a large buffer is sent without the rest, which may be secret. */
const viewInfo: StringifyOperations['viewInfo'] = (view: ArrayBufferView) => {
  const { buffer, byteOffset, byteLength } = view;
  const length = 'length' in view && typeof view.length === 'number' ? view.length : byteLength;
  const whole = buffer.byteLength === byteLength;
  const shown = whole ? buffer : new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
  return { buffer: shown, byteOffset: 0, byteLength, length, bufferByteLength: byteLength };
};

export const devalueCoder: Coder = {
  name: 'devalue',
  contentType: DEVALUE_TYPE,

  encode(value, what) {
    const fault = surveyWalk(value);
    if (fault !== undefined) throw new PayloadError(`${what}: ${placeOf(fault.path)} ${fault.why}`);
    try {
      return stringify(value, undefined, { operations: { viewInfo } });
    } catch (cause) {
      throw new PayloadError(`${what}: ${complaintOf(cause)}`, { cause });
    }
  },

  decode(body, what) {
    let value: unknown;
    try {
      value = parse(body);
    } catch (cause) {
      // What is nested so deep that the stack ends is thrown by the engine itself.
      const why =
        cause instanceof RangeError
          ? `it is nested more than ${VALUE_DEPTH} deep, or out of range`
          : describeFailure(cause).message;
      throw new PayloadError(`${what} cannot be read by 'devalue': ${why}`, { cause });
    }
    const fault = surveyWalk(value);
    if (fault === undefined) return value;
    throw new PayloadError(`${what}: ${placeOf(fault.path)} ${fault.why}`);
  },
};

function complaintOf(cause: unknown): string {
  if (!(cause instanceof DevalueError)) return describeFailure(cause).message;
  const place = placeOf([cause.path ?? '']);
  const { value }: { readonly value?: unknown } = cause;
  const isPart = typeof value === 'function' || typeof value === 'symbol';
  if (isPart) return `${place} is a ${typeof value}, which 'devalue' cannot carry`;
  const isInstance =
    typeof value === 'object' && value !== null && !cause.message.includes('POJOs with symbolic');
  return isInstance
    ? `${place} is ${kindOf(value)}, which 'devalue' cannot carry`
    : `${place}: ${cause.message}`;
}
