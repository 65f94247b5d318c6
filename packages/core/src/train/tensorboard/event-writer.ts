import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "../../files/index.js";
import { encodeMessage } from "../../onnx/encode.js";
import type { MessageOf } from "../../onnx/messages.js";
import { eventMessages, SESSION_START, type EVENT_SCHEMA } from "./event-schema.js";
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
 * Write a file of events that TensorBoard reads: `events.out.tfevents.<seconds>.mattelier`. Every sitting of a run begins
 * a file of its own, and a session in it; TensorBoard reads all files of a folder in their order, and at the start of each
 * session but the first drops what it has from that step on (`_CheckForRestartAndMaybePurge` of its event accumulator).
 *
 * @param options.firstStep the step that comes next
 * @param options.now seconds since 1970
 * @throws MattelierError `unwritable`, and so do the writer's methods
 */
export function openEventWriter(
  folder: string,
  { firstStep, now = () => Date.now() / 1000 }: { readonly firstStep: number; readonly now?: () => number },
): EventWriter {
  const path = join(folder, `events.out.tfevents.${Math.floor(now())}.mattelier`);
  const write = (event: Event): void => {
    const data = encodeMessage(eventMessages.Event, { wallTime: now(), ...event });
    try {
      mkdirSync(folder, { recursive: true });
      appendFileSync(path, frameRecord(data));
    } catch (error) {
      throw fileError(error, { where: path, doing: "writing" });
    }
  };
  write({ fileVersion: "brain.Event:2" });
  write({ step: firstStep, sessionLog: { status: SESSION_START } });
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
