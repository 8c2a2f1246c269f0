"""TensorBoard's own reader returns the scalars of the run's journal."""

import json
import unittest

import tool


class TensorBoard(unittest.TestCase):
    def test_its_reader_returns_the_journals_steps(self):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        journal = [json.loads(line) for line in (tool.trained() / "events.jsonl").read_text().splitlines()]
        steps = [event for event in journal if event["event"] == "step"]
        self.assertEqual(len(steps), 12)
        events = EventAccumulator(str(tool.trained() / "logs"))
        events.Reload()
        tags = events.Tags()["scalars"]
        losses = [tag for tag in tags if tag.split("/")[-1] == "loss"]
        self.assertTrue(losses, f"no loss among {tags}")
        scalars = events.Scalars(losses[0])
        self.assertEqual([scalar.step for scalar in scalars], [event["step"] for event in steps])
        for scalar, event in zip(scalars, steps):
            self.assertAlmostEqual(scalar.value, event["loss"], delta=1e-6 * abs(event["loss"]))
