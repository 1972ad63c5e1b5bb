"""Uplinks in the documented shapes of ChirpStack v4 (event "up", JSON) and The Things Stack v3 (webhook and MQTT)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

DEVICE = "0101010101010101"


def chirpstack(
    at: datetime, decoded: Any, *, number: int = 10, device: str = DEVICE, gateway: str = "0016c001f153a14c"
) -> bytes:
    """Return an uplink of ChirpStack v4, whose times have nanoseconds."""
    uplink = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": at.isoformat(timespec="microseconds").replace("+00:00", "123+00:00"),
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "Dinas SDA",
            "applicationId": "ca739e26-7b67-4f14-b69e-d568c22a5a75", "applicationName": "Pos air",
            "deviceProfileId": "605d08d4-65f5-4d2c-8a5a-3d2457662f79", "deviceProfileName": "Radar",
            "deviceName": "Manggarai", "devEui": device, "tags": {"kali": "Ciliwung"},
        },
        "devAddr": "00189440", "adr": True, "dr": 1, "fCnt": number, "fPort": 1, "confirmed": False, "data": "qg==",
        "object": decoded,
        "rxInfo": [
            {"gatewayId": gateway, "uplinkId": 4217106255, "rssi": -36, "snr": 10.5, "context": "E3OWOQ==",
             "metadata": {"region_config_id": "as923", "region_common_name": "AS923"}, "crcStatus": "CRC_OK"},
        ],
        "txInfo": {
            "frequency": 923200000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}},
        },
    }  # fmt: skip
    return json.dumps({key: value for key, value in uplink.items() if value is not None}).encode()


def things_stack(at: datetime, decoded: Any, *, number: int = 10, **more: Any) -> bytes:
    """Return an uplink of The Things Stack v3."""
    message = {
        "session_key_id": "AXA50tHUG6fSfSsQcfH4Lg==", "f_port": 1, "f_cnt": number, "frm_payload": "qg==",
        "decoded_payload": decoded, "decoded_payload_warnings": [],
        "rx_metadata": [
            {"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "time": at.isoformat(),
             "timestamp": 2463457000, "rssi": -35, "channel_rssi": -35, "snr": 5.2, "uplink_token": "ChIKEA=="},
        ],
        "settings": {
            "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}, "coding_rate": "4/5",
            "frequency": "923200000", "timestamp": 2463457000, "time": at.isoformat(),
        },
        "received_at": at.isoformat().replace("+00:00", "Z"), "consumed_airtime": "0.056576s",
        "locations": {"user": {"latitude": -6.2, "longitude": 106.8, "source": "SOURCE_REGISTRY"}},
    }  # fmt: skip
    ids = {
        "device_id": "manggarai", "application_ids": {"application_id": "pos-air"}, "dev_eui": DEVICE.upper(),
        "join_eui": "800000000000000C", "dev_addr": "00BCB929",
    }  # fmt: skip
    later = (at + timedelta(milliseconds=204)).isoformat().replace("+00:00", "Z")
    uplink = {"end_device_ids": ids, "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ"], "received_at": later}
    present = {key: value for key, value in message.items() if value is not None}
    return json.dumps({**uplink, "uplink_message": present, **more}).encode()
