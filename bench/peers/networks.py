"""The networks of bench/train-step in PyTorch, written from the papers, with Mattelier's parameter names."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def up_to(x, like):
    if x.shape[-2:] == like.shape[-2:]:
        return x
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def scale(x, factor):
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


# U-Net, Ronneberger 2015 (arXiv:1505.04597): padded convolutions, up-convolutions.


def double_conv(inputs, outputs):
    first, second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(inplace=True), second, nn.ReLU(inplace=True))


class UNet(nn.Module):
    def __init__(self, base, depth=4):
        super().__init__()
        width = [base * 2**level for level in range(depth + 1)]
        self.enc = nn.ModuleList(double_conv(3 if i == 0 else width[i - 1], width[i]) for i in range(depth + 1))
        self.up = nn.ModuleList(nn.ConvTranspose2d(width[i + 1], width[i], 2, stride=2) for i in range(depth))
        self.dec = nn.ModuleList(double_conv(2 * width[i], width[i]) for i in range(depth))
        self.head = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        skips = []
        for level, encode in enumerate(self.enc):
            x = encode(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for level in reversed(range(len(skips))):
            skip = skips[level]
            x = self.dec[level](torch.cat([skip, up_to(self.up[level](x), skip)], 1))
        return self.head(x)

    def loss(self, batch):
        return F.binary_cross_entropy_with_logits(self(batch["image"]), batch["target"])


# U²-Net, Qin 2020 (arXiv:2005.09007): residual U-blocks (RSU) in a U, seven heads.


class Rebnconv(nn.Module):
    def __init__(self, inputs, outputs, dilation=1):
        super().__init__()
        self.conv_s1 = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn_s1(self.conv_s1(x)), inplace=True)


def down(x):
    return F.max_pool2d(x, 2, ceil_mode=True)


class Rsu(nn.Module):
    def __init__(self, levels, inputs, middle, outputs):
        super().__init__()
        self.levels = levels
        self.rebnconvin = Rebnconv(inputs, outputs)
        for level in range(1, levels):
            setattr(self, f"rebnconv{level}", Rebnconv(outputs if level == 1 else middle, middle))
        setattr(self, f"rebnconv{levels}", Rebnconv(middle, middle, 2))
        for level in range(levels - 1, 0, -1):
            setattr(self, f"rebnconv{level}d", Rebnconv(2 * middle, outputs if level == 1 else middle))

    def forward(self, x):
        first = self.rebnconvin(x)
        skips, y = [], first
        for level in range(1, self.levels):
            y = getattr(self, f"rebnconv{level}")(y if level == 1 else down(y))
            skips.append(y)
        y = getattr(self, f"rebnconv{self.levels}")(y)
        for level in range(self.levels - 1, 0, -1):
            skip = skips.pop()
            y = getattr(self, f"rebnconv{level}d")(torch.cat([up_to(y, skip), skip], 1))
        return y + first


class Rsu4F(nn.Module):
    def __init__(self, inputs, middle, outputs):
        super().__init__()
        self.rebnconvin = Rebnconv(inputs, outputs)
        self.rebnconv1 = Rebnconv(outputs, middle)
        self.rebnconv2 = Rebnconv(middle, middle, 2)
        self.rebnconv3 = Rebnconv(middle, middle, 4)
        self.rebnconv4 = Rebnconv(middle, middle, 8)
        self.rebnconv3d = Rebnconv(2 * middle, middle, 4)
        self.rebnconv2d = Rebnconv(2 * middle, middle, 2)
        self.rebnconv1d = Rebnconv(2 * middle, outputs)

    def forward(self, x):
        first = self.rebnconvin(x)
        x1 = self.rebnconv1(first)
        x2 = self.rebnconv2(x1)
        x3 = self.rebnconv3(x2)
        x4 = self.rebnconv4(x3)
        y3 = self.rebnconv3d(torch.cat([x4, x3], 1))
        y2 = self.rebnconv2d(torch.cat([y3, x2], 1))
        return self.rebnconv1d(torch.cat([y2, x1], 1)) + first


class U2NetP(nn.Module):
    def __init__(self):
        super().__init__()
        for stage, levels in enumerate((7, 6, 5, 4), 1):
            setattr(self, f"stage{stage}", Rsu(levels, 3 if stage == 1 else 64, 16, 64))
            setattr(self, f"stage{stage}d", Rsu(levels, 128, 16, 64))
        self.stage5, self.stage6, self.stage5d = Rsu4F(64, 16, 64), Rsu4F(64, 16, 64), Rsu4F(128, 16, 64)
        for side in range(1, 7):
            setattr(self, f"side{side}", nn.Conv2d(64, 1, 3, padding=1))
        self.outconv = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        x1 = self.stage1(x)
        x2 = self.stage2(down(x1))
        x3 = self.stage3(down(x2))
        x4 = self.stage4(down(x3))
        x5 = self.stage5(down(x4))
        x6 = self.stage6(down(x5))
        y5 = self.stage5d(torch.cat([up_to(x6, x5), x5], 1))
        y4 = self.stage4d(torch.cat([up_to(y5, x4), x4], 1))
        y3 = self.stage3d(torch.cat([up_to(y4, x3), x3], 1))
        y2 = self.stage2d(torch.cat([up_to(y3, x2), x2], 1))
        y1 = self.stage1d(torch.cat([up_to(y2, x1), x1], 1))
        d1 = self.side1(y1)
        sides = [up_to(side(y), d1) for side, y in ((self.side2, y2), (self.side3, y3), (self.side4, y4), (self.side5, y5), (self.side6, x6))]
        logits = [d1, *sides]
        return [torch.sigmoid(d) for d in (self.outconv(torch.cat(logits, 1)), *logits)]

    def loss(self, batch):
        return sum(F.binary_cross_entropy(head, batch["target"]) for head in self(batch["image"]))


# MODNet, Ke 2022 (arXiv:2011.11961), on MobileNetV2, Sandler 2018 (arXiv:1801.04381).


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = []
        if expansion != 1:
            layers += [nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6(inplace=True))]
        channels = 32
        table = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
        for expansion, outputs, repeats, first in table:
            for i in range(repeats):
                layers.append(InvertedResidual(channels, outputs, first if i == 0 else 1, expansion))
                channels = outputs
        layers.append(nn.Sequential(nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6(inplace=True)))
        self.features = nn.ModuleList(layers)

    def forward(self, x):
        seen = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in (1, 3, 6, 13, 18):
                seen.append(x)
        return seen


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Features()

    def forward(self, x):
        return self.model(x)


class IBNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.half = channels // 2
        self.bnorm = nn.BatchNorm2d(self.half)
        self.inorm = nn.InstanceNorm2d(channels - self.half)

    def forward(self, x):
        return torch.cat([self.bnorm(x[:, : self.half].contiguous()), self.inorm(x[:, self.half :].contiguous())], 1)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel=3, stride=1, norm=True):
        super().__init__()
        layers = [nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2)]
        if norm:
            layers += [IBNorm(outputs), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class SEBlock(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = channels // reduction
        first, second = nn.Linear(channels, hidden, bias=False), nn.Linear(hidden, channels, bias=False)
        self.fc = nn.Sequential(first, nn.ReLU(inplace=True), second, nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class LRBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.se_block = SEBlock(1280, 4)
        self.conv_lr16x, self.conv_lr8x = Block(1280, 96, 5), Block(96, 32, 5)
        self.conv_lr = Block(32, 1, stride=2, norm=False)

    def forward(self, enc32x):
        lr16x = self.conv_lr16x(scale(self.se_block(enc32x), 2))
        lr8x = self.conv_lr8x(scale(lr16x, 2))
        return lr8x, torch.sigmoid(self.conv_lr(lr8x))


class HRBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.tohr_enc2x, self.conv_enc2x = Block(16, 32, 1), Block(35, 32, stride=2)
        self.tohr_enc4x, self.conv_enc4x = Block(24, 32, 1), Block(64, 64)
        self.conv_hr4x = nn.Sequential(Block(99, 64), Block(64, 64), Block(64, 32))
        self.conv_hr2x = nn.Sequential(Block(64, 64), Block(64, 32), Block(32, 32), Block(32, 32))
        self.conv_hr = nn.Sequential(Block(35, 32), Block(32, 1, 1, norm=False))

    def forward(self, image, enc2x, enc4x, lr8x):
        image2x, image4x = scale(image, 1 / 2), scale(image, 1 / 4)
        enc2x, enc4x = self.tohr_enc2x(enc2x), self.tohr_enc4x(enc4x)
        in4x = self.conv_enc4x(torch.cat([self.conv_enc2x(torch.cat([image2x, enc2x], 1)), enc4x], 1))
        hr4x = self.conv_hr4x(torch.cat([in4x, scale(lr8x, 2), image4x], 1))
        hr2x = self.conv_hr2x(torch.cat([scale(hr4x, 2), enc2x], 1))
        return hr2x, torch.sigmoid(self.conv_hr(torch.cat([scale(hr2x, 2), image], 1)))


class FusionBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_lr4x, self.conv_f2x = Block(32, 32, 5), Block(64, 32)
        self.conv_f = nn.Sequential(Block(35, 16), Block(16, 1, 1, norm=False))

    def forward(self, image, lr8x, hr2x):
        lr2x = scale(self.conv_lr4x(scale(lr8x, 2)), 2)
        f2x = self.conv_f2x(torch.cat([lr2x, hr2x], 1))
        return torch.sigmoid(self.conv_f(torch.cat([scale(f2x, 2), image], 1)))


def blur3(x):
    weight = [math.exp(-(k * k) / (2 * 0.8 * 0.8)) for k in range(4)]
    middle, side = weight[0] + 2 * weight[3], weight[1] + weight[2]
    line = torch.tensor([side, middle, side]) / (middle + 2 * side)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), torch.outer(line, line)[None, None])


class MODNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = MobileNetV2()
        self.lr_branch, self.hr_branch, self.f_branch = LRBranch(), HRBranch(), FusionBranch()

    def forward(self, image):
        enc2x, enc4x, _, _, enc32x = self.backbone(image)
        lr8x, semantic = self.lr_branch(enc32x)
        hr2x, detail = self.hr_branch(image, enc2x, enc4x, lr8x)
        return semantic, detail, self.f_branch(image, lr8x, hr2x)

    def loss(self, batch):
        image, target, trimap = batch["image"], batch["target"], batch["trimap"]
        semantic, detail, matte = self(image)
        unknown = trimap == 0.5

        def in_band(x):
            return torch.where(unknown, x, trimap)

        semantic_loss = F.mse_loss(semantic, blur3(scale(target, 1 / 16)))
        detail_loss = F.l1_loss(in_band(detail), in_band(target))
        band = torch.where(unknown, matte, trimap)
        matte_loss = F.l1_loss(matte, target) + 4 * F.l1_loss(band, target)
        matte_loss = matte_loss + F.l1_loss(image * matte, image * target) + 4 * F.l1_loss(image * band, image * target)
        return 10 * semantic_loss + 10 * detail_loss + matte_loss


NETWORKS = {"unet": lambda: UNet(32), "u2netp": U2NetP, "modnet": MODNet}
