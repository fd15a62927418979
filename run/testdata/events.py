"""Writes events.golden, which events_test.go compares with, by the tensorboard package (2.x): python3 events.py events.golden"""
import sys

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

Value = summary_pb2.Summary.Value


def scalars(step, **values):
    summary = summary_pb2.Summary(value=[Value(tag=tag, simple_value=v) for tag, v in sorted(values.items())])
    return event_pb2.Event(wall_time=1700000000.25 + step, step=step, summary=summary)


with open(sys.argv[1], "wb") as out:
    writer = RecordWriter(out)
    events = [event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2")]
    events.append(scalars(1, reward_mean=-6.25, qed=0.5))
    events.append(scalars(300, reward_mean=-7.1, qed=float("nan")))
    for event in events:
        writer.write(event.SerializeToString())
    writer.flush()
