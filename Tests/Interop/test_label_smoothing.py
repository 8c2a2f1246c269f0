"""Label smoothing over accumulated batches: transformers' Trainer takes the steps that `methods.train` takes, which ours are compared with."""

import copy
import unittest

import methods
import tool


class LabelSmoothing(unittest.TestCase):
    def test_the_trainer_divides_by_all_tokens_of_a_step(self):
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import Trainer, TrainingArguments

        class InOrder(Trainer):
            def _get_train_sampler(self, *arguments, **options):
                return torch.utils.data.SequentialSampler(self.train_dataset)

        torch.set_num_threads(1)
        keys = methods.DEFAULTS | {
            "max_steps": 3, "batch_size": 2, "gradient_accumulation_steps": 2, "label_smoothing_factor": 0.3, "lr": 0.01}
        for kind, isAdapter in [("llama", False), ("gemma2", True), ("qwen3_tied", False), ("olmo2", True)]:
            with self.subTest(kind):
                torch.manual_seed(3)
                base, data = methods.model(kind, "tiny"), methods.rows(12, 48)

                def network():
                    made = copy.deepcopy(base)
                    if isAdapter:
                        torch.manual_seed(4)
                        made = get_peft_model(made, LoraConfig(task_type="CAUSAL_LM", r=4, target_modules="all-linear"))
                    return made

                expected = methods.train(network(), data, keys)
                trainer = InOrder(
                    model=network(), train_dataset=data, data_collator=self.padded,
                    args=TrainingArguments(
                        output_dir=str(tool.work() / "trainer"), per_device_train_batch_size=2, gradient_accumulation_steps=2,
                        max_steps=3, learning_rate=0.01, lr_scheduler_type="constant", label_smoothing_factor=0.3, logging_steps=1,
                        report_to=[], use_cpu=True, weight_decay=0.0, save_strategy="no", disable_tqdm=True, max_grad_norm=1.0))
                trainer.train()
                log = [line for line in trainer.state.log_history if "grad_norm" in line]
                self.assertEqual(len(log), 3)
                for ours, theirs in zip(expected, log):
                    self.assertAlmostEqual(ours["loss"], theirs["loss"], delta=1e-5 * ours["loss"])
                    self.assertAlmostEqual(ours["grad_norm"], theirs["grad_norm"], delta=1e-4 * ours["grad_norm"])

    def padded(self, rows):
        import torch

        longest = max(len(row["input_ids"]) for row in rows)
        fill = lambda key, filler: torch.tensor([row[key] + [filler] * (longest - len(row[key])) for row in rows])
        seen = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
        return {"input_ids": fill("input_ids", 0), "labels": fill("labels", -100), "attention_mask": torch.tensor(seen)}


if __name__ == "__main__":
    unittest.main()
