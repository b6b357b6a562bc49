"""The shared channel: what was radiated, in order, and how it sounds to a stranger's receiver.

Owns the record of transmissions, their overlaps and airtime, and their rendering as discriminator
audio and as IQ for decoders nobody here wrote. Must never know what the bits mean, nor who sent
them. What is rendered follows from the record and the seed alone.
"""

from bisect import insort
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from sim.chips.sx127x import Transmission

AUDIO_HZ = 22_050  # what multimon-ng takes
IQ_HZ = 48_000  # at 250 kHz rtl_433 does not see a shift of 4.5 kHz

_GAP_US = 200_000  # idle air is shortened to this
_CHANNEL_HZ = 12_500  # to either side; what is further off is not heard
_AUDIO_PER_HZ = 3.2  # full scale is about 10 kHz off the centre
_AUDIO_ROAR = 9_000.0  # without a carrier a discriminator roars ...
_AUDIO_HISS = 300.0  # ... and with one it hisses (standard deviation)
_IQ_CARRIER = 12_000.0
_IQ_NOISE = 150.0

# What the roar is to a data slicer. A decoder in sync reads on after the last batch, and takes a
# quarter of all words there are for code words with up to two errors. So these bits were drawn
# by chance but for one thing: no 32 of them in a row, inverted or not, are such a word.
ROAR_BITS = np.unpackbits(
    np.frombuffer(
        bytes.fromhex(
            "fd097fb03f198ff20f2bcff38f2a428382a0714f83303d55c0003fd2f8003278"
            "7c073d446207fc046203d0047a00a2071f00ba014300a0604286703edeb67a6f"
        ),
        np.uint8,
    )
)

_Floats = NDArray[np.float64]
_Samples = NDArray[np.float64] | NDArray[np.complex128]


class Air:
    """One channel, tuned in at `centre_hz`."""

    def __init__(self, centre_hz: int = 433_920_000) -> None:
        self.centre_hz = centre_hz
        self.transmissions: list[Transmission] = []  # by start

    def carry(self, transmission: Transmission) -> None:
        """Take the record of a transmission that has ended: the radios' `on_air`."""
        insort(self.transmissions, transmission, key=lambda sent: sent.start_us)

    def overlaps(self) -> list[tuple[Transmission, Transmission]]:
        """Every pair that was on the air at the same time, the earlier one first."""
        pairs = []
        lasting: list[Transmission] = []
        for later in self.transmissions:
            lasting = [sent for sent in lasting if sent.end_us > later.start_us]
            pairs += [(sent, later) for sent in lasting]
            lasting.append(later)
        return pairs

    def airtime_us(self) -> int:
        """Time on the air of all transmissions together."""
        return sum(sent.end_us - sent.start_us for sent in self.transmissions)

    def write_audio(self, path: Path, seed: int) -> None:
        """Write the output of a narrow FM receiver's discriminator, idle air cut to 200 ms.

        Mono, signed 16 bit, little endian, 22,050 Hz; positive is the higher frequency. There is
        noise before, between and after transmissions, and where two of them collide.
        """
        noise = np.random.default_rng(seed).standard_normal(AUDIO_HZ)
        with path.open("wb") as file:
            pace = 1_200.0  # of the first gap, as nobody has sent yet
            for burst, gap_us in self._bursts(len(self.transmissions)):
                _write(file, _roar(noise, gap_us * AUDIO_HZ // 1_000_000, pace))
                _write(file, self._audio(burst, noise))
                pace = burst[-1].bit_rate
            _write(file, _roar(noise, _GAP_US * AUDIO_HZ // 1_000_000, pace))

    def write_iq(self, path: Path, seed: int, count: int) -> None:
        """Write the first `count` transmissions as IQ, idle air cut to 200 ms.

        I before Q, signed 16 bit, little endian, 48 kHz. rtl_433 learns that from the file's name,
        which must end like `_433.92M_48k.cs16`.
        """
        noise = np.random.default_rng(seed).standard_normal(2 * IQ_HZ).view(np.complex128)
        with path.open("wb") as file:
            for burst, gap_us in self._bursts(count):
                _write(file, _IQ_NOISE * noise[: gap_us * IQ_HZ // 1_000_000])
                _write(file, self._iq(burst, noise))
            _write(file, _IQ_NOISE * noise[: _GAP_US * IQ_HZ // 1_000_000])

    def _bursts(self, count: int) -> list[tuple[list[Transmission], int]]:
        """The first `count` transmissions, if heard here, by stretches without a pause.

        Each stretch comes with the length of the gap before it.
        """
        bursts: list[tuple[list[Transmission], int]] = []
        free_us = -_GAP_US  # since when the channel is free
        for sent in self.transmissions[:count]:
            if not sent.bits or abs(sent.frequency_hz - self.centre_hz) > _CHANNEL_HZ:
                continue
            if bursts and sent.start_us < free_us:
                bursts[-1][0].append(sent)
            else:
                bursts.append(([sent], min(_GAP_US, sent.start_us - free_us)))
            free_us = max(free_us, sent.end_us)
        return bursts

    def _audio(self, burst: list[Transmission], noise: _Floats) -> _Floats:
        """Each sample is the mean frequency over its own length: bit edges stay where they are."""
        roar = _roar(noise, _span(burst, AUDIO_HZ), burst[0].bit_rate)
        audio = roar.copy()
        heard = np.zeros(len(roar), np.int8)
        for sent in burst:
            first, seconds = _instants(sent, burst[0].start_us, AUDIO_HZ)
            place = slice(first, first + len(seconds) - 1)
            keyed, cycles = self._carrier(sent, seconds)
            audio[place] = np.diff(cycles) * (AUDIO_HZ * _AUDIO_PER_HZ)
            audio[place] += _AUDIO_HISS * np.resize(noise, len(cycles) - 1)
            heard[place] += keyed[:-1]
        return np.where(heard == 1, audio, roar)

    def _iq(self, burst: list[Transmission], noise: NDArray[np.complex128]) -> _Samples:
        """Carriers add up, whatever becomes of them."""
        iq = _IQ_NOISE * np.resize(noise, _span(burst, IQ_HZ))
        for sent in burst:
            first, seconds = _instants(sent, burst[0].start_us, IQ_HZ)
            keyed, cycles = self._carrier(sent, seconds)
            wave = _IQ_CARRIER * keyed * np.exp(2j * np.pi * cycles)
            iq[first : first + len(seconds)] += wave
        return iq

    def _carrier(self, sent: Transmission, seconds: _Floats) -> tuple[NDArray[np.int8], _Floats]:
        """At `seconds` after its start: is there a carrier (0, 1), and its phase in cycles.

        The phase is the integral of the frequency over the bits so far, exactly.
        """
        bits = np.frombuffer(sent.bits, np.int8)
        place = np.minimum(seconds * sent.bit_rate, len(bits))
        whole = np.minimum(place.astype(np.int64), len(bits) - 1)
        swing = 2.0 * bits - 1.0
        turned = np.concatenate(([0.0], np.cumsum(swing)))
        turns = turned[whole] + (place - whole) * swing[whole]
        cycles = (sent.frequency_hz - self.centre_hz) * seconds
        cycles += sent.deviation_hz / sent.bit_rate * turns
        return bits[whole] if sent.modulation == "ook" else np.ones(len(whole), np.int8), cycles


def _span(burst: Sequence[Transmission], rate_hz: int) -> int:
    """Samples from the start of the first to the end of the last."""
    return (max(sent.end_us for sent in burst) - burst[0].start_us) * rate_hz // 1_000_000 + 1


def _instants(sent: Transmission, origin_us: int, rate_hz: int) -> tuple[int, _Floats]:
    """Its first sample on a grid that begins at `origin_us`, and its samples' times after start.

    The end of its last bit is between the last two.
    """
    first = -((origin_us - sent.start_us) * rate_hz // 1_000_000)
    last = (sent.end_us - origin_us) * rate_hz // 1_000_000
    return first, np.arange(first, last + 1) / rate_hz - (sent.start_us - origin_us) / 1e6


def _roar(noise: _Floats, length: int, bit_rate: float) -> _Floats:
    """`length` samples of audio without a carrier, as a filter for `bit_rate` lets it through."""
    place = (np.arange(length) * (bit_rate / AUDIO_HZ)).astype(np.int64) % len(ROAR_BITS)
    return _AUDIO_ROAR * (2.0 * ROAR_BITS[place] - 1.0 + 0.2 * np.resize(noise, length))


def _write(file: BinaryIO, samples: _Samples) -> None:
    values = samples.view(np.float64)
    file.write(np.clip(values, -32_767, 32_767).astype("<i2").tobytes())
