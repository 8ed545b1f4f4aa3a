"""Each source file has a test file of its name in the mirrored folder, or stands here with the reason and the test."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Start a program; what they start is tested by its name.
_ENTRIES = {"__init__.py", "__main__.py"}

# Why there is no test of that name -> the test that covers instead ("" for none) -> the files.
TESTED_ELSEWHERE: dict[str, dict[str, tuple[str, ...]]] = {
    "a table, a record or a small step, tested where it is used": {
        "tests/cli/test_program.py": ("core/errors.py",),
        "tests/damage/test_damaged_files.py": ("core/shapes.py",),
        "tests/evaluation/advice/test_on_ap.py": ("core/evaluation/advice/facts.py",),
        "tests/evaluation/readers/test_csv_header.py": ("core/csv_files.py",),
        "tests/evaluation/matching/test_outcomes.py": ("core/evaluation/matching/matching.py",),
        "tests/figures/test_causes.py": (
            "core/figures/theme.py",
            "core/figures/words/causes.py",
        ),
        "tests/figures/test_dataset.py": (
            "core/figures/colours.py",
            "core/figures/images.py",
        ),
        "tests/figures/test_evaluation.py": ("core/figures/confusion.py",),
        "tests/labels/formats/tables/test_csv_boxes.py": (
            "core/labels/formats/tables/entries.py",
            "core/labels/formats/tables/find_plan.py",
            "core/labels/formats/tables/header.py",
            "core/labels/formats/tables/plan.py",
            "core/labels/formats/tables/refusals.py",
            "core/labels/formats/tables/rows.py",
            "core/labels/formats/tables/table_files.py",
        ),
        "tests/pages/sections/evaluate/test_label_issues.py": ("core/figures/words/label_issues.py",),
        "tests/pages/sections/runs/test_cascade_loss.py": ("core/training/recipe/cascade_losses.py",),
        "tests/process/test_workspace_of_today.py": ("core/training/run/status.py",),
        "tests/services/datasets/test_import_storage.py": ("core/workspace/datasets.py",),
        "tests/labels/imports/archive/test_unpacking.py": ("core/labels/imports/archive/entry.py",),
        "tests/services/datasets/test_ignored_and_attributes.py": (
            "core/labels/imports/carried.py",
            "core/labels/imports/ignoring.py",
            "core/labels/reading/attributes.py",
        ),
        "tests/services/datasets/test_imports.py": ("core/progress.py",),
        "tests/services/label_review/test_corrected_version.py": ("core/workspace/decisions.py",),
        "tests/services/runs/test_notes.py": ("core/training/run/notes.py",),
        "tests/services/runs/test_trash.py": ("core/workspace/trash.py",),
        "tests/services/training/test_preflight.py": (
            "core/training/run/disk.py",
            "core/training/run/time_estimate.py",
        ),
        "tests/services/training/test_recovery.py": ("core/training/launch/launcher_choice.py",),
        "tests/services/training/test_start.py": (
            "core/services/training/range_warnings.py",
            "core/training/recipe/blockers.py",
        ),
        "tests/storage/test_odd_places.py": (
            "core/storage_errors.py",
            "core/workspace/layout.py",
        ),
        "tests/training/failures/test_diagnosis.py": ("core/training/failures/table.py",),
        "tests/training/launch/test_devices.py": ("core/training/launch/device_nodes.py",),
        "tests/training/launch/test_liveness.py": ("core/training/observation.py",),
        "tests/training/launch/test_queue_order.py": ("core/training/launch/queue_requests.py",),
        "tests/training/launch/test_ray_launcher.py": (
            "core/training/launch/ray_api.py",
            "core/training/launch/ray_snapshot.py",
        ),
        "tests/training/metrics/test_curve_file.py": ("core/training/metrics/metric_blocks.py",),
        "tests/training/recipe/test_build.py": (
            "core/training/recipe/model_catalogue.py",
            "core/training/recipe/presets.py",
            "core/training/recipe/recipe.py",
        ),
        "tests/training/recipe/test_changes.py": (
            "core/training/recipe/plain_settings.py",
            "core/training/recipe/setting.py",
        ),
        "tests/training/recipe/test_overrides.py": ("core/training/recipe/override_values.py",),
        "tests/training/run/test_checkpoints.py": ("core/training/run/folder.py",),
        "tests/workspace/test_registry.py": ("core/workspace/index.py",),
    },
    "a step of a service, reached through its package's door": {
        "tests/cli/test_run_documents.py": ("core/services/runs/description.py",),
        "tests/damage/test_damaged_files.py": (
            "core/services/runs/damaged.py",
            "core/services/runs/timing_history.py",
        ),
        "tests/damage/test_rebuilding.py": ("core/services/rebuilding.py",),
        "tests/pages/sections/evaluate/test_label_issues.py": ("core/services/label_review/review_images.py",),
        "tests/pages/test_train.py": (
            "core/services/training/data_effects.py",
            "core/services/training/detectron_keys.py",
        ),
        "tests/services/datasets/test_image_filter.py": ("core/services/datasets/attributes.py",),
        "tests/services/datasets/test_imports.py": ("core/services/datasets/inspection.py",),
        "tests/services/datasets/test_listing.py": (
            "core/services/datasets/finding_images.py",
            "core/services/datasets/opened.py",
        ),
        "tests/services/evaluation/test_box_list.py": ("core/services/evaluation/image_files.py",),
        "tests/services/evaluation/test_door.py": (
            "core/services/evaluation/listing.py",
            "core/services/evaluation/opened.py",
            "core/services/evaluation/start.py",
            "core/services/evaluation/status.py",
        ),
        "tests/services/evaluation/test_images.py": ("core/services/evaluation/box_filter.py",),
        "tests/services/evaluation/test_viewer_masks.py": ("core/services/datasets/mask_contours.py",),
        "tests/services/html_report/test_build.py": (
            "core/services/html_report/boxes.py",
            "core/services/html_report/document.py",
        ),
        "tests/services/label_review/test_review.py": ("core/services/label_review/rescoring.py",),
        "tests/services/runs/test_control.py": ("core/services/runs/summary.py",),
        "tests/services/training/test_preview.py": ("core/services/training/warm_worker.py",),
        "tests/services/training/test_start.py": (
            "core/services/training/create_run.py",
            "core/services/training/data.py",
            "core/services/training/data_blockers.py",
            "core/services/training/plan.py",
            "core/services/training/request.py",
            "core/services/training/start_weights.py",
        ),
        "tests/test_server.py": ("core/services/datasets/uploads.py",),
        "tests/services/training/test_curve_runs.py": (
            "core/services/runs/working_time.py",
            "core/services/training/curve_points.py",
        ),
        "tests/services/agreement/test_comparing.py": ("core/cli/nouns/agreement.py",),
        "tests/services/label_review/test_corrected_version.py": ("core/services/versions/making.py",),
        "tests/services/versions/test_comparing.py": ("core/cli/nouns/versions.py",),
        "tests/services/sweeps/test_control.py": ("core/services/sweeps/records.py",),
        "tests/driver/test_search.py": ("core/driver/following.py",),
    },
    "a part of the worker, tested in what the worker does with it": {
        "tests/process/test_failures.py": (
            "core/worker/engine/watchdog.py",
            "core/worker/process/failure_handling.py",
        ),
        "tests/process/test_queue_for_real.py": (
            "core/worker/commands/detectron_engine.py",
            "core/worker/commands/verbs.py",
            "core/training/process/attending.py",
        ),
        "tests/test_images.py": ("core/worker/model/read_image.py",),
        "tests/worker/commands/test_best_and_patience.py": (
            "core/worker/engine/checkpoint_hook.py",
            "core/worker/engine/hooks.py",
        ),
        "tests/worker/commands/test_exact_resume.py": ("core/worker/data/seeding.py",),
        "tests/worker/commands/test_examine.py": ("core/worker/model/custom_config.py",),
        "tests/worker/commands/test_going_further.py": (
            "core/worker/engine/leftovers.py",
            "core/worker/inference/checkpoint_model.py",
        ),
        "tests/worker/commands/test_launch_ddp.py": (
            "core/worker/commands/train_rank.py",
            "core/worker/engine/distributed.py",
            "core/worker/process/warning_filters.py",
        ),
        "tests/worker/commands/test_masks.py": ("core/worker/commands/evaluate.py",),
        "tests/worker/commands/test_preflight.py": (
            "core/worker/commands/batch_size_search.py",
            "core/worker/data/worst_case_batch.py",
        ),
        "tests/worker/commands/test_train.py": (
            "core/worker/engine/trainer.py",
            "core/worker/engine/validator.py",
            "core/training/process/status_reporter.py",
        ),
        "tests/worker/data/test_sampler.py": ("core/worker/data/training_stream.py",),
        "tests/worker/engine/test_metrics_hook.py": (
            "core/worker/engine/curve_writer.py",
            "core/worker/engine/resources.py",
        ),
        "tests/worker/inference/test_tta.py": ("core/worker/inference/predict.py",),
        "tests/worker/model/test_catalogue.py": (
            "core/worker/model/detectron.py",
            "core/worker/model/narrow_resnet.py",
        ),
        "tests/worker/model/test_efficientnet_lite.py": ("core/worker/model/pyramid.py",),
        "tests/worker/weights/test_checkpoints.py": ("core/worker/weights/nonfinite.py",),
        "tests/worker/weights/test_load.py": (
            "core/worker/weights/checkpoint_reading.py",
            "core/worker/weights/class_heads.py",
            "core/worker/weights/reader.py",
            "core/worker/weights/tensor_groups.py",
        ),
    },
    "a step of reading labels, tested by what a reader makes of files": {
        "tests/coco/test_two_doors.py": (
            "core/coco/ids.py",
            "core/coco/records.py",
            "core/coco/sections.py",
            "core/coco/values.py",
        ),
        "tests/labels/checks/test_check_table.py": (
            "core/labels/checks/check_texts.py",
            "core/labels/checks/entries/classes.py",
            "core/labels/checks/entries/entry.py",
            "core/labels/checks/entries/images.py",
            "core/labels/checks/entries/reading_notes.py",
            "core/labels/checks/entries/objects.py",
            "core/labels/checks/entries/reading.py",
            "core/labels/checks/entries/reading_rules.py",
        ),
        "tests/labels/checks/test_planted.py": (
            "core/labels/checks/check_input.py",
            "core/labels/checks/class_checks.py",
            "core/labels/checks/image_checks.py",
            "core/labels/checks/object_checks.py",
            "core/labels/checks/quality_checks.py",
            "core/labels/checks/split_checks.py",
        ),
        "tests/labels/formats/coco/test_reader.py": (
            "core/labels/formats/coco/file.py",
            "core/labels/formats/coco/kinds.py",
            "core/labels/formats/coco/oddities.py",
            "core/labels/formats/coco/repeats.py",
            "core/labels/formats/json_file.py",
        ),
        "tests/labels/formats/datumaro/test_reader.py": (
            "core/labels/formats/datumaro/file.py",
            "core/labels/formats/datumaro/shapes.py",
            "core/labels/formats/file_notes.py",
        ),
        "tests/labels/formats/detectron2/test_reader.py": (
            "core/labels/formats/detectron2/file.py",
            "core/labels/formats/detectron2/modes.py",
            "core/labels/formats/json_shapes.py",
        ),
        "tests/labels/formats/labelme/test_reader.py": (
            "core/labels/formats/json_records.py",
            "core/labels/formats/labelme/embedded_image.py",
            "core/labels/formats/labelme/shapes.py",
        ),
        "tests/labels/formats/labelstudio/test_reader.py": (
            "core/labels/formats/labelstudio/addresses.py",
            "core/labels/formats/labelstudio/images.py",
            "core/labels/formats/labelstudio/regions.py",
            "core/labels/formats/labelstudio/tasks.py",
        ),
        "tests/labels/formats/rows/test_text.py": (
            "core/labels/formats/base.py",
            "core/labels/formats/rows/lines.py",
            "core/labels/formats/rows/reader.py",
            "core/labels/formats/written.py",
        ),
        "tests/labels/formats/rows/test_yolo.py": ("core/labels/formats/rows/kinds.py",),
        "tests/labels/formats/via/test_reader.py": (
            "core/labels/formats/drawn_shapes.py",
            "core/labels/formats/via/classes.py",
            "core/labels/formats/via/csv_export.py",
            "core/labels/formats/via/json_export.py",
            "core/labels/formats/via/project.py",
            "core/labels/formats/via/records.py",
            "core/labels/formats/via/shapes.py",
        ),
        "tests/labels/formats/voc/test_reader.py": ("core/labels/formats/numbers.py",),
        "tests/labels/formats/vott/test_reader.py": (
            "core/labels/formats/stated_images.py",
            "core/labels/formats/vott/names.py",
        ),
        "tests/labels/imports/test_plan.py": (
            "core/labels/imports/options.py",
            "core/labels/label_set.py",
        ),
        "tests/services/datasets/test_import_storage.py": ("core/labels/images/store_images.py",),
        "tests/services/datasets/test_imports.py": ("core/labels/imports/class_map.py",),
    },
    "a rule of reading, held by the test that is named after the rule": {
        "tests/labels/rules/test_rule_01_path_then_name.py": ("core/labels/reading/placing.py",),
        "tests/labels/rules/test_rule_03_doubted_readings.py": (
            "core/labels/reading/settled.py",
            "core/labels/reading/settling.py",
        ),
        "tests/labels/rules/test_rule_08_encodings.py": (
            "core/labels/imports/encodings.py",
            "core/labels/reading/source_findings.py",
        ),
        "tests/labels/formats/test_capped.py": ("core/labels/formats/alike.py",),
        "tests/labels/images/test_decoders.py": ("core/labels/images/decoder.py",),
        "tests/labels/images/test_scan.py": (
            "core/labels/images/image_fact.py",
            "core/labels/images/thumbnail_files.py",
        ),
        "tests/labels/images/test_header_sizes.py": ("core/labels/images/quick_header.py",),
        "tests/labels/reading/test_accounts.py": ("core/labels/imports/accounting.py",),
        "tests/services/datasets/test_embedded_images.py": ("core/labels/imports/embedded.py",),
        "tests/labels/imports/test_plan.py": ("core/labels/imports/examination.py", "core/labels/imports/kept.py"),
        "tests/pages/sections/datasets/test_import_reading.py": (
            "pages/sections/datasets/import_accounts.py",
            "pages/sections/datasets/import_classes.py",
            "pages/sections/datasets/import_options.py",
            "pages/sections/datasets/import_thresholds.py",
        ),
        "tests/labels/rules/test_rule_04_class_names.py": ("core/labels/reading/classes.py",),
        "tests/labels/rules/test_rule_05_nothing_disappears.py": (
            "core/labels/reading/assembling.py",
            "core/labels/reading/part.py",
            "core/labels/reading/reading.py",
        ),
        "tests/labels/rules/test_rule_10_bugs_in_readers.py": (
            "core/labels/reading/options.py",
            "core/labels/reading/read.py",
        ),
        "tests/labels/sources/test_source_tree.py": ("core/labels/sources/sample.py",),
    },
    "seen through `main`, as a verb is called": {
        "tests/cli/test_actors.py": ("core/cli/actor.py",),
        "tests/cli/test_boxes.py": (
            "core/cli/box_filter.py",
            "core/cli/nouns/evaluation.py",
        ),
        "tests/cli/test_comparing.py": ("core/cli/nouns/comparison.py",),
        "tests/cli/test_contract.py": (
            "core/cli/docs.py",
            "core/cli/verbs.py",
        ),
        "tests/cli/test_program.py": (
            "core/cli/declaring.py",
            "core/cli/nouns/datasets.py",
            "core/cli/outcome.py",
            "core/cli/progress.py",
        ),
        "tests/cli/test_recipes.py": (
            "core/cli/nouns/training.py",
            "core/cli/recipe_options.py",
            "core/cli/values.py",
        ),
        "tests/cli/test_reports.py": ("core/cli/nouns/report.py",),
        "tests/cli/test_run_documents.py": ("core/cli/nouns/runs.py",),
        "tests/cli/test_run_keeping.py": ("core/cli/nouns/run_keeping.py",),
        "tests/cli/test_seals.py": ("core/cli/nouns/seal.py",),
        "tests/cli/test_slices.py": ("core/cli/nouns/findings.py",),
        "tests/cli/test_steering.py": ("core/cli/waiting.py",),
        "tests/cli/test_suspects.py": ("core/cli/nouns/label_review.py",),
        "tests/cli/test_thresholds.py": (
            "core/cli/nouns/calibration.py",
            "core/cli/nouns/thresholds.py",
        ),
        "tests/damage/test_rebuilding.py": ("core/cli/nouns/rebuilding.py",),
        "tests/services/runs/test_compute.py": ("core/cli/nouns/devices.py",),
        "tests/services/runs/test_queue.py": ("core/cli/nouns/queue.py",),
        "tests/services/test_models.py": ("core/cli/nouns/models.py",),
    },
    "strokes of one painter, tested by the tile that they paint": {
        "tests/demo/test_demo.py": (
            "core/demo/areas.py",
            "core/demo/canvas.py",
            "core/demo/faults.py",
            "core/demo/houses.py",
            "core/demo/objects.py",
            "core/demo/scene.py",
            "core/demo/sites.py",
            "core/demo/streets.py",
            "core/demo/texture.py",
        ),
    },
    "part of a page, seen through the page as its user sees it": {
        "tests/browser/test_content_policy.py": ("pages/widgets/asset_files.py",),
        "tests/browser/test_data_pages.py": ("pages/widgets/uploader.py",),
        "tests/browser/test_frames.py": ("pages/widgets/image_grid.py",),
        "tests/browser/test_image_viewer.py": ("pages/widgets/image_viewer.py",),
        "tests/browser/test_run_pages.py": ("pages/sections/runs/live.py",),
        "tests/browser/test_run_samples.py": ("pages/sections/runs/samples.py",),
        "tests/pages/sections/compare/test_comparison.py": (
            "pages/sections/compare/head.py",
            "pages/sections/compare/images.py",
            "pages/sections/compare/state.py",
            "pages/sections/compare/tabs.py",
        ),
        "tests/pages/sections/frame/test_page_frame.py": ("streamlit_app.py",),
        "tests/pages/sections/runs/test_charts.py": (
            "pages/widgets/charts.py",
            "pages/widgets/curve_look.py",
        ),
        "tests/pages/test_actors.py": (
            "pages/widgets/actor.py",
            "pages/widgets/text.py",
        ),
        "tests/pages/test_damaged_files.py": ("pages/widgets/damage.py",),
        "tests/pages/test_data_pages.py": (
            "pages/dataset.py",
            "pages/datasets.py",
            "pages/sections/datasets/images.py",
            "pages/sections/datasets/import_finish.py",
            "pages/sections/datasets/import_ignored.py",
            "pages/sections/datasets/import_source.py",
            "pages/sections/datasets/import_steps.py",
            "pages/sections/datasets/inspections.py",
            "pages/sections/datasets/tabs.py",
            "pages/widgets/demo_data.py",
            "pages/widgets/findings_list.py",
            "pages/widgets/names.py",
            "pages/widgets/progress.py",
        ),
        "tests/pages/test_evaluate.py": (
            "pages/sections/evaluate/box_list.py",
            "pages/sections/evaluate/causes.py",
            "pages/sections/evaluate/files.py",
            "pages/sections/evaluate/filters.py",
            "pages/sections/evaluate/images.py",
            "pages/sections/evaluate/intervals.py",
            "pages/sections/evaluate/listing.py",
            "pages/sections/evaluate/progress.py",
            "pages/sections/evaluate/slices.py",
            "pages/sections/evaluate/state.py",
            "pages/sections/evaluate/tabs.py",
            "pages/sections/evaluate/threshold_rule.py",
            "pages/sections/evaluate/validation_link.py",
            "pages/widgets/attribute_filter.py",
            "pages/widgets/badges.py",
        ),
        "tests/pages/test_overview.py": (
            "pages/sections/runs/overview.py",
            "pages/widgets/dataset_card.py",
            "pages/widgets/version_images.py",
        ),
        "tests/pages/test_agreement.py": (
            "pages/sections/datasets/agreement.py",
            "pages/sections/datasets/agreement_cache.py",
        ),
        "tests/pages/test_beyond.py": (
            "core/figures/learning_curve.py",
            "core/figures/sweep.py",
            "core/figures/words/more_images.py",
            "pages/learning_curve.py",
            "pages/sections/runs/further.py",
            "pages/sections/runs/learning_curve.py",
            "pages/sections/runs/sweep.py",
            "pages/sections/runs/sweep_form.py",
            "pages/sweep.py",
        ),
        "tests/pages/test_runs.py": (
            "pages/run.py",
            "pages/sections/runs/comparison.py",
            "pages/sections/runs/failure.py",
            "pages/sections/runs/group.py",
            "pages/sections/runs/header.py",
            "pages/sections/runs/keeping.py",
            "pages/sections/runs/listing.py",
            "pages/sections/runs/log.py",
            "pages/sections/runs/weights.py",
            "pages/widgets/cached.py",
            "pages/widgets/notices.py",
            "pages/widgets/run_metrics.py",
        ),
        "tests/pages/test_server_paths.py": ("pages/sections/frame/plain_run.py",),
        "tests/pages/test_train.py": (
            "pages/sections/train/augmentation.py",
            "pages/sections/train/check.py",
            "pages/sections/train/custom_model.py",
            "pages/sections/train/expert.py",
            "pages/sections/train/model.py",
            "pages/sections/train/optimiser.py",
            "pages/sections/train/plan.py",
            "pages/sections/train/preview.py",
            "pages/sections/train/sampling.py",
            "pages/sections/train/schedule.py",
            "pages/sections/train/several.py",
            "pages/sections/train/state.py",
        ),
        "tests/test_server.py": ("pages/widgets/routes.py",),
    },
    "an answer of the server, asked for over HTTP": {
        "tests/test_server.py": (
            "web/answers.py",
            "web/own_routes.py",
        ),
    },
    "a part of the GPU check, which runs it": {
        "tests/tools/test_gpu_check.py": (
            "tools/gpu_checks/beside_bare_loop.py",
            "tools/gpu_checks/ground.py",
            "tools/gpu_checks/inference_speed.py",
            "tools/gpu_checks/run_part.py",
            "tools/gpu_checks/torch_facts.py",
        ),
    },
    "needs a GPU, and none has been at hand": {"": ("tools/gpu_checks/take_memory.py",)},
    "a script of the maintainers; what it makes is committed and looked at": {
        "": (
            "tools/pretrain_starter.py",
            "tools/screenshots.py",
            "tools/starter_images.py",
            "tools/starter_shapes.py",
            "tools/walk_charts.py",
        ),
        "tests/test_server_start.py": ("tools/first_start.py",),
        "tests/tools/test_set_up.py": ("tools/pip_quietly.py",),
    },
}


def sources() -> list[str]:
    """Every source file that holds something, relative to the root."""
    folders = [path for place in ("core", "pages", "web", "tools") for path in (ROOT / place).rglob("*.py")]
    files = [path for path in [*folders, *ROOT.glob("*.py")] if path.stat().st_size and path.name not in _ENTRIES]
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def place_of_test(source: str) -> str:
    """Where a source file's tests belong; `core` is left out, as in the folders of `tests`."""
    path = Path(source.removeprefix("core/"))
    return (Path("tests") / path.parent / f"test_{path.name}").as_posix()


ELSEWHERE = {file: test for tests in TESTED_ELSEWHERE.values() for test, files in tests.items() for file in files}


def test_every_source_file_has_a_test_of_its_name_or_a_reason_why_not() -> None:
    assert [file for file in sources() if not (ROOT / place_of_test(file)).is_file() and file not in ELSEWHERE] == []


def test_no_reason_is_left_of_a_file_that_is_gone_or_has_its_test_by_now() -> None:
    files = set(sources())
    assert [file for file in ELSEWHERE if file not in files or (ROOT / place_of_test(file)).is_file()] == []


@pytest.mark.parametrize("test", sorted({test for test in ELSEWHERE.values() if test}))
def test_the_test_that_is_named_instead_is_there(test: str) -> None:
    assert (ROOT / test).is_file()
