"""A training loader as one writes it with OpenCV or Pillow and NumPy: decode, random resized crop, flip, brightness,
contrast, saturation, hue, normalise to NCHW. Prints milliseconds a picture. Called by bench/loader.ts."""

import json
import math
import os
import random
import sys
import time

import numpy as np

library, folder, keep = sys.argv[1], sys.argv[2], sys.argv[3] == "true"
SIZE, BATCH, FILES, WARM_UP, BATCHES = map(int, sys.argv[4:9])
MEAN = np.float32([0.5, 0.5, 0.5])
STD = np.float32([0.5, 0.5, 0.5])
names = sorted(name[:-4] for name in os.listdir(folder + "/images"))[:FILES]
kept = {}


def window(height, width):
    area = random.uniform(0.35, 1) * height * width
    ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
    w = min(width, int(math.sqrt(area * ratio)))
    h = min(height, int(math.sqrt(area / ratio)))
    return random.randint(0, width - w), random.randint(0, height - h), w, h


if library == "opencv":
    import cv2

    cv2.setNumThreads(1)

    def read(name):
        image = cv2.imread(f"{folder}/images/{name}.jpg")
        mask = cv2.imread(f"{folder}/masks/{name}.png", cv2.IMREAD_GRAYSCALE)
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB), mask

    def augment(image, mask):
        x, y, w, h = window(*mask.shape)
        image = cv2.resize(image[y : y + h, x : x + w], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        mask = cv2.resize(mask[y : y + h, x : x + w], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        if random.random() < 0.5:
            image, mask = cv2.flip(image, 1), cv2.flip(mask, 1)
        image = cv2.convertScaleAbs(image, alpha=random.uniform(0.7, 1.3))
        mean = cv2.mean(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[0]
        factor = random.uniform(0.7, 1.3)
        table = np.clip(mean + factor * (np.arange(256) - mean), 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table)
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        factor = random.uniform(0.6, 1.4)
        image = cv2.addWeighted(image, factor, grey, 1 - factor, 0)
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = cv2.LUT(hsv[..., 0], ((np.arange(256) + random.randint(-9, 9)) % 180).astype(np.uint8))
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), mask

else:
    from PIL import Image, ImageEnhance

    def read(name):
        image = Image.open(f"{folder}/images/{name}.jpg").convert("RGB")
        mask = Image.open(f"{folder}/masks/{name}.png").convert("L")
        return image, mask

    def augment(image, mask):
        x, y, w, h = window(mask.height, mask.width)
        box = (x, y, x + w, y + h)
        image = image.resize((SIZE, SIZE), Image.BILINEAR, box)
        mask = mask.resize((SIZE, SIZE), Image.BILINEAR, box)
        if random.random() < 0.5:
            image, mask = image.transpose(Image.FLIP_LEFT_RIGHT), mask.transpose(Image.FLIP_LEFT_RIGHT)
        image = ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3))
        image = ImageEnhance.Contrast(image).enhance(random.uniform(0.7, 1.3))
        image = ImageEnhance.Color(image).enhance(random.uniform(0.6, 1.4))
        hue, saturation, value = image.convert("HSV").split()
        shift = random.randint(-13, 13)
        hue = hue.point([(i + shift) % 256 for i in range(256)])
        image = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
        return np.asarray(image), np.asarray(mask)


def get(name):
    if not keep:
        return read(name)
    if name not in kept:
        kept[name] = read(name)
    return kept[name]


def batches():
    while True:
        random.shuffle(names)
        for first in range(0, len(names) - BATCH + 1, BATCH):
            images = np.empty((BATCH, 3, SIZE, SIZE), np.float32)
            mattes = np.empty((BATCH, 1, SIZE, SIZE), np.float32)
            for i, name in enumerate(names[first : first + BATCH]):
                image, mask = augment(*get(name))
                images[i] = ((image.astype(np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)
                mattes[i, 0] = mask.astype(np.float32) / 255
            yield images, mattes


stream = batches()
for _ in range(WARM_UP + (len(names) // BATCH if keep else 0)):
    next(stream)
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(BATCHES):
    next(stream)
count = BATCHES * BATCH
print(
    json.dumps(
        {
            "wallMs": 1000 * (time.perf_counter() - wall) / count,
            "cpuMs": 1000 * (time.process_time() - cpu) / count,
        }
    )
)
