"""Random configurations: transformers' logits, or a refusal that names a key; a fixed seed and one of each family, MLOPS_FUZZ=SEED:COUNT for others."""

import json
import os
import random
import shutil
import unittest

import configurations
import tool

SEED, COUNT = os.environ.get("MLOPS_FUZZ", f"1:{len(configurations.FAMILIES)}").split(":")


class Configurations(unittest.TestCase):
    def test_results_are_transformers_or_the_reason_is_named(self):
        import torch

        torch.set_num_threads(1)
        equal = 0
        for number in range(int(COUNT)):
            r = random.Random(f"{SEED}.{number}")
            config = configurations.random_configuration(r, configurations.FAMILIES[number % len(configurations.FAMILIES)])
            directory = tool.work() / f"configuration-{number}"
            torch.manual_seed(number)
            try:
                fresh = configurations.build(config, directory)
                rows = [[r.randrange(config["vocab_size"]) for _ in range(length)] for length in (1, r.randrange(2, 14), 40)]
                theirs = [self.reference(fresh(), row) for row in rows]
            except Exception:  # transformers has no such model: nothing to compare with
                continue
            with self.subTest(number=number, config=config):
                for row, (logits, nll) in zip(rows, theirs):
                    done = tool.run(
                        "inspect", "logits", "--model", directory, "--ids", ",".join(map(str, row)), "--json", check=False)
                    if done.returncode != 0:
                        self.assertEqual(done.returncode, 65, done.stderr)
                        self.assertTrue(any(f"'{key}'" in done.stderr for key in self.keys(config)), done.stderr)
                        break
                    ours = json.loads(done.stdout)
                    self.assertLess(tool.distance(ours["last_logits"], logits), 1e-4)
                    if nll is not None:
                        self.assertAlmostEqual(ours["nll"], nll, delta=1e-4 * max(nll, 1e-3))
                else:
                    equal += 1
            shutil.rmtree(directory)
        self.assertGreater(equal, int(COUNT) // 2)

    def reference(self, model, row):
        if len(row) > 1:
            return tool.reference_logits(model, row)
        import torch

        with torch.no_grad():
            return model(torch.tensor([row])).logits[0, -1].double().numpy(), None

    def keys(self, value):
        """Every key, of inner objects too."""
        return [inner for key, member in value.items() for inner in [key, *(self.keys(member) if isinstance(member, dict) else [])]]


if __name__ == "__main__":
    unittest.main()
