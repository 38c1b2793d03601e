"""An H.264 stream of still tiles: parameter sets, IDR slices and P slices.

Constrained Baseline, or with full chroma (4:4:4) High 4:4:4 Predictive. CAVLC, one reference frame, one slice per
picture, no deblocking, output in decoding order.
Sections and tables named here are those of ITU-T H.264.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ark_emulator.media.encode.bits import fixed, nal_unit, signed, unsigned, with_length
from ark_emulator.media.encode.macroblock import (
    CHROMA_QUANTISER_OFFSET,
    CORNER,
    INTRA_SLICE,
    LUMA_QUANTISER,
    PREDICTED_SLICE,
    SIDE,
    Prediction,
    Tile,
    macroblock,
)

FRAME_RATE = 24  # frames per second
FRAME_NUMBER_BITS = 6  # a group of pictures may hold 64 frames

_BASELINE, _HIGH_444_PREDICTIVE = 66, 244  # profile_idc
_CONSTRAINTS = 0b11000000  # sets 0 and 1: Constrained Baseline
_CHROMA_444 = 3  # chroma_format_idc
_SPS_HEADER, _PPS_HEADER, _IDR_HEADER, _P_HEADER = 0x67, 0x68, 0x65, 0x41
_SLICE_ALL_P, _SLICE_ALL_I = 5, 7  # slice_type when the whole picture is of one kind
_BT709 = 1  # colour_primaries, transfer_characteristics and matrix_coefficients

# Table A-1: level_idc, most macroblocks per second, most macroblocks per frame.
_LEVELS = (
    (10, 1485, 99),
    (11, 3000, 396),
    (12, 6000, 396),
    (13, 11880, 396),
    (21, 19800, 792),
    (22, 20250, 1620),
    (30, 40500, 1620),
    (31, 108000, 3600),
    (32, 216000, 5120),
    (40, 245760, 8192),
    (42, 522240, 8704),
    (50, 589824, 22080),
    (51, 983040, 36864),
    (52, 2073600, 36864),
    (60, 4177920, 139264),
)


@dataclass(frozen=True, slots=True, eq=False)
class MacroblockRow:
    """One row of macroblocks. Compared by identity: pictures share the rows in which they agree."""

    tiles: tuple[Tile, ...]


Picture = tuple[MacroblockRow, ...]


class Change(NamedTuple):
    """A macroblock that differs from the previous frame, and the tile above it in this frame."""

    address: int  # counted row by row from 0
    tile: Tile
    above: Tile


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The two NAL units that a decoder needs before the first slice."""

    sps: bytes
    pps: bytes

    def configuration(self) -> bytes:
        """Return the body of an `avcC` box (ISO/IEC 14496-15 section 5.3.3), with lengths of four bytes."""
        body = (
            b"\x01" + self.sps[1:4] + b"\xff\xe1" + struct.pack(">H", len(self.sps)) + self.sps
            + b"\x01" + struct.pack(">H", len(self.pps)) + self.pps
        )  # fmt: skip
        if self.sps[1] != _HIGH_444_PREDICTIVE:
            return body
        return body + bytes((0xFC | _CHROMA_444, 0xF8, 0xF8, 0))  # 8 bits of luma and chroma, no further sets


def macroblocks_across(pixels: int) -> int:
    """Return how many macroblocks cover so many pixels."""
    return -(-pixels // SIDE)


def level_for(columns: int, rows: int) -> int:
    """Return the lowest level_idc that allows this many macroblocks at 24 frames per second.

    Raises ValueError when no level does.
    """
    count = columns * rows
    for level, per_second, per_frame in _LEVELS:
        longest_side_squared = 8 * per_frame  # section A.3.1
        if count <= per_frame and count * FRAME_RATE <= per_second and max(columns, rows) ** 2 <= longest_side_squared:
            return level
    raise ValueError(f"no H.264 level allows {columns} x {rows} macroblocks at {FRAME_RATE} frames per second")


def parameter_sets(width: int, height: int, full_chroma: bool = False) -> ParameterSets:
    """Return SPS and PPS of a picture of even `width` and `height` in pixels; ValueError when no level allows it."""
    return ParameterSets(
        sps=nal_unit(_SPS_HEADER, _sequence_bits(width, height, full_chroma)),
        pps=nal_unit(_PPS_HEADER, _picture_parameter_bits()),
    )


def _sequence_bits(width: int, height: int, full_chroma: bool) -> str:
    """Return seq_parameter_set_data (section 7.3.2.1.1)."""
    columns, rows = macroblocks_across(width), macroblocks_across(height)
    return "".join(
        (
            fixed(_HIGH_444_PREDICTIVE if full_chroma else _BASELINE, 8),
            fixed(0 if full_chroma else _CONSTRAINTS, 8),
            fixed(level_for(columns, rows), 8),
            unsigned(0),  # seq_parameter_set_id
            _chroma_bits() if full_chroma else "",
            unsigned(FRAME_NUMBER_BITS - 4),
            unsigned(2),  # pic_order_cnt_type: output order is decoding order
            unsigned(1),  # max_num_ref_frames
            "0",  # gaps_in_frame_num_value_allowed_flag
            unsigned(columns - 1),
            unsigned(rows - 1),
            "1",  # frame_mbs_only_flag
            "1",  # direct_8x8_inference_flag
            _cropping_bits(columns * SIDE - width, rows * SIDE - height, 1 if full_chroma else 2),
            "1",  # vui_parameters_present_flag
            _usability_bits(),
        )
    )


def _chroma_bits() -> str:
    """Return the fields that a High profile adds: 4:4:4 in one picture, 8 bits, the usual quantisers."""
    return "".join(
        (
            unsigned(_CHROMA_444),
            "0",  # separate_colour_plane_flag
            unsigned(0) + unsigned(0),  # bit depths above 8
            "0",  # qpprime_y_zero_transform_bypass_flag
            "0",  # seq_scaling_matrix_present_flag
        )
    )


def _cropping_bits(right: int, bottom: int, unit: int) -> str:
    """Return frame cropping in pixels; its unit is two of them in 4:2:0, and one in 4:4:4."""
    if not (right or bottom):
        return "0"
    return "1" + unsigned(0) + unsigned(right // unit) + unsigned(0) + unsigned(bottom // unit)


def _usability_bits() -> str:
    """Return vui_parameters (section E.1.1): square pixels, BT.709 in video range, 24 fps, nothing reordered."""
    return "".join(
        (
            "1" + fixed(1, 8),  # aspect_ratio_idc 1: square
            "0",  # overscan_info_present_flag
            "1" + fixed(5, 3) + "0",  # video_format unspecified, video_full_range_flag off
            "1" + 3 * fixed(_BT709, 8),
            "0",  # chroma_loc_info_present_flag
            "1" + fixed(1, 32) + fixed(2 * FRAME_RATE, 32) + "1",  # a tick is half a frame; fixed_frame_rate_flag
            "0" + "0" + "0",  # no HRD parameters, no pic_struct
            "1" + "1",  # bitstream_restriction_flag, motion_vectors_over_pic_boundaries_flag
            unsigned(0) + unsigned(0),  # max_bytes_per_pic_denom, max_bits_per_mb_denom: unlimited
            unsigned(16) + unsigned(16),  # longest motion vectors
            unsigned(0),  # max_num_reorder_frames
            unsigned(1),  # max_dec_frame_buffering
        )
    )


def _picture_parameter_bits() -> str:
    """Return pic_parameter_set_rbsp (section 7.3.2.2)."""
    return "".join(
        (
            unsigned(0) + unsigned(0),  # both ids
            "0",  # entropy_coding_mode_flag: CAVLC
            "0",  # bottom_field_pic_order_in_frame_present_flag
            unsigned(0),  # num_slice_groups_minus1
            unsigned(0) + unsigned(0),  # one reference in each list
            "0" + "00",  # no weighted prediction
            signed(LUMA_QUANTISER - 26),
            signed(0),  # pic_init_qs_minus26
            signed(CHROMA_QUANTISER_OFFSET),
            "1",  # deblocking_filter_control_present_flag
            "0",  # constrained_intra_pred_flag
            "0",  # redundant_pic_cnt_present_flag
        )
    )


_NO_DEBLOCKING = signed(0) + unsigned(1)  # slice_qp_delta, then disable_deblocking_filter_idc


class StillCoder:
    """Writes IDR pictures. A repeated row below the same row is coded once."""

    def __init__(self, full_chroma: bool = False) -> None:
        self._full_chroma = full_chroma
        self._known: dict[tuple[MacroblockRow, MacroblockRow | None], str] = {}

    def sample(self, picture: Picture, idr_pic_id: int) -> bytes:
        """Return the picture as one IDR access unit. Two in a row must not have the same id (section 7.4.3)."""
        header = (
            unsigned(0)  # first_mb_in_slice
            + unsigned(_SLICE_ALL_I)
            + unsigned(0)  # pic_parameter_set_id
            + fixed(0, FRAME_NUMBER_BITS)
            + unsigned(idr_pic_id)
            + "0"  # no_output_of_prior_pics_flag
            + "0"  # long_term_reference_flag
            + _NO_DEBLOCKING
        )
        above: Sequence[MacroblockRow | None] = (None, *picture)
        rows = [self._row(row, over) for row, over in zip(picture, above, strict=False)]
        return with_length(nal_unit(_IDR_HEADER, header + "".join(rows)))

    def _row(self, row: MacroblockRow, above: MacroblockRow | None) -> str:
        bits = self._known.get((row, above))
        if bits is None:
            bits = self._known[row, above] = _row_bits(row, above, self._full_chroma)
        return bits


def _row_bits(row: MacroblockRow, above: MacroblockRow | None, full_chroma: bool) -> str:
    if above is None:
        neighbours, prediction = (CORNER, *row.tiles[:-1]), Prediction.LEFT
    else:
        neighbours, prediction = above.tiles, Prediction.ABOVE
    return "".join(
        [
            macroblock(tile, neighbour, prediction, INTRA_SLICE, full_chroma)
            for tile, neighbour in zip(row.tiles, neighbours, strict=True)
        ]
    )


def predicted_sample(
    changes: Iterable[Change], frame_number: int, macroblocks: int, full_chroma: bool = False
) -> bytes:
    """Return an access unit that repeats the previous frame except for `changes`, which are in order of address.

    `frame_number` counts from the last IDR picture, which has 0; `macroblocks` is the size of the picture.
    """
    parts = [
        unsigned(0),  # first_mb_in_slice
        unsigned(_SLICE_ALL_P),
        unsigned(0),  # pic_parameter_set_id
        fixed(frame_number, FRAME_NUMBER_BITS),
        "0",  # num_ref_idx_active_override_flag
        "0",  # ref_pic_list_modification_flag_l0
        "0",  # adaptive_ref_pic_marking_mode_flag
        _NO_DEBLOCKING,
    ]
    following = 0
    for change in changes:
        parts.append(unsigned(change.address - following))  # mb_skip_run
        parts.append(macroblock(change.tile, change.above, Prediction.ABOVE, PREDICTED_SLICE, full_chroma))
        following = change.address + 1
    if following < macroblocks:
        parts.append(unsigned(macroblocks - following))
    return with_length(nal_unit(_P_HEADER, "".join(parts)))
