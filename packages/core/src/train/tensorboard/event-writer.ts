import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { encodeMessage } from "../../onnx/encode.js";
import type { MessageOf } from "../../onnx/messages.js";
import { eventMessages, type EVENT_SCHEMA } from "./event-schema.js";
import { frameRecord } from "./record.js";

type Event = MessageOf<typeof EVENT_SCHEMA, "Event">;

/** A PNG for TensorBoard. */
export interface EventImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly png: Uint8Array;
}

export interface EventWriter {
  /** Values by tag at a step. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  image(step: number, tag: string, image: EventImage): void;
}

/**
 * Write a file of events that TensorBoard reads: `events.out.tfevents.<seconds>.mattelier`. A resumed run begins a
 * file of its own; TensorBoard reads all files of a folder, and drops what a step that comes again had before.
 *
 * @param now seconds since 1970
 */
export function openEventWriter(folder: string, now: () => number = () => Date.now() / 1000): EventWriter {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `events.out.tfevents.${Math.floor(now())}.mattelier`);
  const write = (event: Event): void => {
    const data = encodeMessage(eventMessages.Event, { wallTime: now(), ...event });
    appendFileSync(path, frameRecord(data));
  };
  write({ fileVersion: "brain.Event:2" });
  return {
    scalars(step, values) {
      const value = Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
      write({ step, summary: { value } });
    },
    image(step, tag, { widthPx, heightPx, png }) {
      const image = { height: heightPx, width: widthPx, colorspace: 3, encodedImageString: png };
      write({ step, summary: { value: [{ tag, image }] } });
    },
  };
}
