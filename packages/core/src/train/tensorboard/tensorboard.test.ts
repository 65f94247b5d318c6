import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { crc32c } from "./crc32c.js";
import { openEventWriter } from "./event-writer.js";
import { frameRecord } from "./record.js";

test("CRC-32C gives the values of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

test("a record is TensorFlow's, byte for byte", () => {
  // The first record of every event file that TensorFlow writes, with wall time 0.
  const data = Buffer.concat([
    Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 13]),
    Buffer.from("brain.Event:2"),
  ]);
  const record = Buffer.from(frameRecord(data));
  expect(record.subarray(0, 12).toString("hex")).toBe("1800000000000000a37f4b22");
  expect(record.subarray(12, -4).equals(data)).toBe(true);
});

// Written anew from the .proto files, for an independent library to read by.
const { root } = protobuf.parse(`syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;
    SessionLog session_log = 7; }
  message SessionLog { enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1; string checkpoint_path = 2; string msg = 3; }
  message Summary { repeated Value value = 1; }
  message Value { string tag = 1; float simple_value = 2; Image image = 4; }
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }`);

test("another protobuf library reads the events back", () => {
  const folder = mkdtempSync(join(tmpdir(), "mattelier-events-"));
  try {
    const writer = openEventWriter(folder, { firstStep: 7, now: () => 1234.5 });
    writer.scalars(7, { loss: 0.25, lr: 1e-3 });
    const png = Uint8Array.of(1, 2, 3);
    writer.image(8, "samples/0", { widthPx: 4, heightPx: 2, png });
    const [name] = readdirSync(folder);
    expect(name).toBe("events.out.tfevents.1234.mattelier");
    const file = readFileSync(join(folder, name!));
    const events: unknown[] = [];
    const Event = root.lookupType("Event");
    for (let at = 0; at < file.length;) {
      const length = Number(file.readBigUInt64LE(at));
      const data = file.subarray(at + 12, at + 12 + length);
      expect(Buffer.from(frameRecord(data)).equals(file.subarray(at, at + 16 + length))).toBe(true);
      events.push(Event.toObject(Event.decode(data), { longs: Number, bytes: Array }));
      at += 16 + length;
    }
    expect(events).toEqual([
      { wallTime: 1234.5, fileVersion: "brain.Event:2" },
      // What a resumed run takes back of the curves begins here.
      { wallTime: 1234.5, step: 7, sessionLog: { status: 1 } },
      {
        wallTime: 1234.5,
        step: 7,
        summary: {
          value: [
            { tag: "loss", simpleValue: 0.25 },
            { tag: "lr", simpleValue: Math.fround(1e-3) },
          ],
        },
      },
      {
        wallTime: 1234.5,
        step: 8,
        summary: {
          value: [
            {
              tag: "samples/0",
              image: { height: 2, width: 4, colorspace: 3, encodedImageString: [1, 2, 3] },
            },
          ],
        },
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk is an error with its place (skipped without /dev/full)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "mattelier-events-"));
    try {
      symlinkSync("/dev/full", join(folder, "events.out.tfevents.1234.mattelier"));
      expect(() => openEventWriter(folder, { firstStep: 1, now: () => 1234.5 })).toThrow(
        expect.objectContaining({ code: "unwritable", got: "no space left on the disk" }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
