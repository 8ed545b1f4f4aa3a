# ruff: noqa
# mypy: ignore-errors
"""Old module -> new module, dotted; files that are no Python are moved with FILES."""

M = {}


def put(old_pkg, new_pkg, text):
    for item in text.replace(",", " ").split():
        old, _, new = item.partition("=")
        M[f"{old_pkg}.{old}"] = f"{new_pkg}.{new or old}"


D, S = "core.desk", "core.services"
put(
    D,
    f"{S}.datasets",
    "imports inspection uploads demo finding_pictures=finding_images datasets=listing open_version=opened picture_filter=image_filter version_outlines=mask_contours",
)
put(D, S, "own_models=models")
put(
    D,
    f"{S}.evaluation",
    """evaluation_request=request evaluation_start=start evaluation_progress=status
 evaluation_rows=listing evaluation_view=opened evaluation_summary=summary evaluation_causes=causes evaluation_filter=box_filter
 evaluation_boxes=viewer_boxes evaluation_outlines=viewer_masks evaluation_pictures=images pictures=image_files evaluation_objects=box_list
 evaluation_slices=slices evaluation_thresholds=thresholds evaluation_advice=advice error_bars=intervals comparing=comparison seal=holdout_seal""",
)
M["core.desk.evaluating"] = "core.services.evaluation.door"
put(D, f"{S}.html_report", "evaluation_report=build report_content=document report_boxes=boxes")
put(
    D,
    f"{S}.label_review",
    "suspects=review suspect_pictures=review_images suspect_report=rescoring correcting=corrected_version",
)
put(
    D,
    f"{S}.runs",
    "runs=control run_state=summary run_notes=notes run_samples=samples run_trash=trash queueing=queue places=compute",
)
put(
    D,
    f"{S}.training",
    """training=start plans=plan train_request=request training_data=data starting_point=start_weights
 obstacles=data_blockers measured=timing_history config_keys=detectron_keys recipe_effects=data_effects run_making=create_run
 repeating=rerun everything=train_on_everything extending=extend repairs=recovery groups preflight preview warm_worker""",
)

W = "core.worker"
put(
    W,
    f"{W}.commands",
    "training=train following=train_rank processes=launch_ddp evaluating=evaluate preflight trials=batch_size_search preview serving=serve own_models=examine",
)
put(
    W,
    f"{W}.engine",
    """trainer hooks judging=validator keeping=checkpoint_hook watching=metrics_hook curve_keeping=curve_writer events=tensorboard
 machine=resources peak=peak_memory team=distributed watchdog environment cleaning=leftovers""",
)
put(W, f"{W}.inference", "predict looks=tta fusing=box_fusion subjects=checkpoint_model")
put(
    W,
    f"{W}.weights",
    """weights=load weights_file=reader class_rows=class_heads stages=cascade_stages tensor_groups zoo=model_zoo starting=initial_weights
 checkpoints checkpoint_reading finite=nonfinite""",
)
put(
    W,
    f"{W}.data",
    """data=dataset augment mapping=mapper order=sampler stream=training_stream feeding=gpu_prefetch seeding outlines=mask_transforms worst=worst_case_batch""",
)
put(
    W,
    f"{W}.model",
    "detectron config config_keys own_config=custom_config narrow_resnet pooling=cpu_roi_align precision=mixed_precision ema",
)
put(W, f"{W}.process", "reporting=status_reporter failing=failure_handling quiet=warning_filters")

T = "core.training"
put(
    T,
    f"{T}.recipe",
    """recipe recipe_making=build recipe_difference=diff presets catalogue=model_catalogue starter=starter_weights expert=overrides
 expert_values=override_values augmenting=augmentation sampling input_sizes loaders=data_workers extending=extension cascade=cascade_losses obstacles=blockers""",
)
put(
    T,
    f"{T}.run",
    "run_folder=folder job status notes groups run_splits=splits checkpoints disk_use=disk preflight=measurements estimate=time_estimate",
)
put(
    T,
    f"{T}.launch",
    """launch=launcher launchers=launcher_choice liveness devices queue queue_order queue_wishes=queue_requests queue_times
 ray_cluster=ray_api ray_jobs=ray_launcher ray_view=ray_snapshot webhook""",
)
put(
    T,
    f"{T}.metrics",
    "metrics_log=log metric_blocks curves curve_set=curve_file curve_reader backwards=reverse_lines log_search guard=overfitting",
)
put(T, f"{T}.failures", "doctor=diagnosis failure_table=table repairs=recipe_changes oom_evidence=oom_kills")

L = "core.labels"
put(
    L,
    "core.demo",
    "demo demo_areas=areas demo_canvas=canvas demo_faults=faults demo_houses=houses demo_objects=objects demo_scene=scene demo_shapes=shapes demo_sites=sites demo_streets=streets demo_texture=texture",
)
put(
    L,
    f"{L}.checks",
    "checks check_subject=check_input check_texts class_checks image_checks object_checks split_checks repairs=box_fixes",
)
put(L, f"{L}.images", "image_facts=scan image_header placing=store_images turning=exif duplicates")
put(L, f"{L}.imports", "importing=plan import_options=options archive classes=class_map splits folds")

E = "core.evaluation"
put(E, f"{E}.matching", "matching mistakes=outcomes causes suspects")
put(
    E,
    f"{E}.thresholds",
    "thresholds=curves threshold_rules=rules stored_thresholds=stored calibration every_score=score_sweep",
)
put(E, f"{E}.scores", "scores outline_scores=mask_scores lost_ap=delta_ap self_test")
put(E, f"{E}.intervals", "bootstrap intervals error_bars=files ranked_matches weighted_ap comparing")
put(E, f"{E}.readers", "coco_files coco_results csv_detections csv_header csv_mistakes csv_names")
put(E, "core.coco", "coco_outlines=masks json_columns json_values")
put(E, f"{E}.slices", "slices slicings")
put(E, f"{E}.advice", "advice advice_costs=costs advice_facts=facts advice_on_ap=on_ap advice_on_use=on_use")
put(E, E, "outlines=mask_contours samples=validation_samples")

put(
    "core.figures",
    "core.figures.words",
    "words=numbers advice_words=advice cause_words=causes object_words=objects suspect_words=suspects",
)
put("core.figures", "core.figures", "pictures=images")
put("core.report", "core.report", "picture_bytes=image_bytes")

P, Q = "pages.widgets", "pages.sections"
put(
    P,
    f"{Q}.evaluate",
    """evaluation_advice=advice evaluation_bars=intervals evaluation_calibration=calibration evaluation_causes=causes evaluation_explorer=threshold_explorer
 evaluation_files=files evaluation_filters=filters evaluation_list=listing evaluation_objects=box_list evaluation_pictures=images evaluation_progress=progress
 evaluation_report=report evaluation_rule=threshold_rule evaluation_seal=seal evaluation_slices=slices evaluation_state=state evaluation_suspects=suspects evaluation_tabs=tabs""",
)
put(P, f"{Q}.compare", "comparison_head=head comparison_pictures=images comparison_state=state comparison_tabs=tabs")
put(
    P,
    f"{Q}.train",
    """recipe_augmentation=augmentation recipe_check=check recipe_expert=expert recipe_model=model recipe_optimiser=optimiser recipe_own_model=custom_model
 recipe_plan=plan recipe_preview=preview recipe_sampling=sampling recipe_schedule=schedule recipe_several=several recipe_state=state""",
)
put(
    P,
    f"{Q}.runs",
    """run_charts=charts run_comparison=comparison run_environment=environment run_extending=extending run_failure=failure run_group=group run_header=header
 run_keeping=keeping run_list=listing run_live=live run_log=log run_notes=notes run_queue=queue run_samples=samples run_weights=weights overview_runs=overview""",
)
put(
    P, f"{Q}.datasets", "import_finish import_source import_steps dataset_pictures=images dataset_tabs=tabs inspections"
)
put(P, f"{Q}.frame", "frame=page_frame run_endings")
put(P, P, "version_pictures=version_images")

X = "tests.makers"
Y = "tests.factories"
put(
    X,
    Y,
    """advised=advice app_server brought=custom_models coco_files curves demo_upload doubted=label_issues eager_worker evaluations failing_worker fake_cluster
 http_client judged=evaluated long_runs measurements pages progress ray_head real_worker results runs samples sources tide tiny_dataset tiny_run tiny_worker trees uploads waiting zoo""",
)

# Packages whose own name moves; an import of the package itself follows.
PACKAGES = {"core.desk": "core.services", "tests.makers": "tests.factories", "tests.desk": "tests.services"}

# Tests that carry another name than a module: old -> new (dotted).
TESTS = {}


def tput(old, new, text):
    for item in text.replace(",", " ").split():
        a, _, b = item.partition("=")
        TESTS[f"{old}.{a}"] = f"{new}.{b or a}"


EXTRA = ["core/services/training/plan.py"]
# factories, by what they make
FAKE = "eager_worker failing_worker real_worker tiny_worker fake_cluster ray_head tiny_run long_runs".split()
APP = "app_server http_client pages demo_upload uploads zoo".split()
for n in FAKE:
    M[f"tests.makers.{n}"] = f"tests.factories.workers.{n}"
for n in APP:
    M[f"tests.makers.{n}"] = f"tests.factories.app.{n}"
M["core.training.blockers"] = "core.training.recipe.blockers"
del M["core.training.obstacles"]
TEST_PLACES = {
    "tests.desk.test_import_blood_cells": "tests.services.datasets.test_import_blood_cells",
    "tests.desk.test_import_storage": "tests.services.datasets.test_import_storage",
    "tests.desk.test_evaluating": "tests.services.evaluation.test_door",
    "tests.training.test_start_race": "tests.training.launch.test_start_race",
    "tests.worker.test_best_and_patience": "tests.worker.commands.test_best_and_patience",
    "tests.worker.test_catalogue": "tests.worker.model.test_catalogue",
    "tests.worker.test_exact_resume": "tests.worker.commands.test_exact_resume",
    "tests.worker.test_going_further": "tests.worker.commands.test_going_further",
    "tests.worker.test_masks": "tests.worker.commands.test_masks",
    "tests.worker.test_own_splits": "tests.worker.commands.test_own_splits",
    "tests.pages.test_first_value": "tests.pages.widgets.test_first_value",
    "tests.pages.test_comparison": "tests.pages.sections.compare.test_comparison",
    "tests.pages.test_evaluation_explorer": "tests.pages.sections.evaluate.test_threshold_explorer",
    "tests.pages.test_groups": "tests.pages.sections.runs.test_groups",
    "tests.pages.test_places": "tests.pages.sections.train.test_places",
}
INITS = {
    "core.services": "What a user can do, one package a subject. Pages and the command line call these packages and nothing below them.",
    "core.services.evaluation": "Evaluations: start, list, open, and all that one says: causes, thresholds, slices, advice, comparison. For pages\nand the command line.",
    "core.services.datasets": "Data sets: inspect, import, list, open. For pages and the command line.",
    "core.services.html_report": "The HTML report of an evaluation: one file that opens from disk. For pages and the command line.",
    "core.services.label_review": "Label issues that an evaluation finds: decide, rescore, correct. For pages and the command line.",
    "core.services.runs": "Runs that exist: list, watch, stop, note, queue, trash. For pages and the command line.",
    "core.services.training": "Training: plan, check, start, repeat, recover. For pages and the command line.",
    "core.worker.commands": "What `python -m core.worker VERB` runs, one module a verb.",
    "core.worker.engine": "The training loop: trainer, hooks, validation, checkpoints, process group.",
    "core.worker.inference": "A checkpoint as a detector: predictions and test-time augmentation.",
    "core.worker.weights": "Reading weights into a model, and checkpoints.",
    "core.worker.data": "From a data set version to batches: order, augmentation, loading.",
    "core.worker.model": "Detectron2's configuration and models, and what this project changes in them.",
    "core.worker.process": "The worker as a process: status, failures, log.",
    "core.training.recipe": "What is trained: recipe, presets, model catalogue, and the rules that fill in what is not given.",
    "core.training.run": "A run on disk: folder, job, status, checkpoints, notes, groups.",
    "core.training.launch": "Starting workers, and the queue for devices: locks, slots, Ray.",
    "core.training.metrics": "The metrics log and the curves made of it.",
    "core.training.failures": "Why a run failed, and the recipe that would work.",
    "core.demo": "The painter of the demo data set: aerial tiles with exact labels.",
    "core.labels.checks": "Findings about labels and images, one module a subject.",
    "core.labels.images": "What an image file is: size, orientation, hash, duplicates; and how it is stored.",
    "core.labels.imports": "From a label set to a data set version: options, classes, splits.",
    "core.evaluation.matching": "The one matching of detections with objects, and what is read off it.",
    "core.evaluation.thresholds": "Score thresholds: curves, the rules that choose one, calibration.",
    "core.evaluation.scores": "AP of boxes and masks, delta AP, and the evaluator's self-test.",
    "core.evaluation.intervals": "Bootstrap intervals of AP and of differences.",
    "core.evaluation.readers": "Detections and ground truth from files of any detector.",
    "core.evaluation.slices": "Parts of a data set and their scores.",
    "core.evaluation.advice": "What would help most: facts, rules, costs.",
    "core.coco": "COCO JSON from people, read with limits: numbers, columns, masks.",
    "core.figures.words": "Numbers and results as words for pages and the command line.",
    "pages.sections": "Parts of one page each. What two pages share is in pages.widgets.",
    "pages.sections.evaluate": "Parts of the evaluate page.",
    "pages.sections.compare": "Parts of the comparison of two evaluations.",
    "pages.sections.train": "Parts of the train page.",
    "pages.sections.runs": "Parts of the run pages and of the overview's list of runs.",
    "pages.sections.datasets": "Parts of the data set pages and of the import.",
    "pages.sections.frame": "What stands round every page.",
}
PATCHES = [
    (
        "tests/training/launch/test_launcher.py",
        """else runpy.run_module('tests.factories.workers.tiny_worker', run_name='__main__')\"""",
        """else "
        "runpy.run_module('tests.factories.workers.tiny_worker', run_name='__main__')\"""",
    ),
    ("core/training/recipe/starter_weights.py", "parents[1]", "parents[2]"),
    ("server.py", "pkgutil.iter_modules(room", "pkgutil.walk_packages(room"),
]
CONTRACTS = """[[tool.importlinter.contracts]]
name = "core.worker knows training, evaluation and the foundations only"
type = "forbidden"
source_modules = ["core.worker"]
forbidden_modules = ["core.services", "core.workspace", "core.figures", "core.labels", "pages"]

[[tool.importlinter.contracts]]
name = "layers of core"
type = "layers"
containers = ["core"]
layers = [
    "(__main__)",
    "(cli)",
    "services",
    "workspace | figures | report",
    "labels | training | evaluation | demo",
    "coco",
    "errors : files : boxes : tables : settings : progress",
]
# A new package must be given its place here.
exhaustive = true
exhaustive_ignores = ["worker"]

[[tool.importlinter.contracts]]
name = "services"
type = "layers"
containers = ["core.services"]
layers = ["training", "html_report | label_review | runs", "evaluation", "datasets | models"]
exhaustive = true

[[tool.importlinter.contracts]]
name = "worker"
type = "layers"
containers = ["core.worker"]
layers = ["(__main__)", "commands", "engine", "inference", "weights", "data", "model | process"]
exhaustive = true

[[tool.importlinter.contracts]]
name = "training"
type = "layers"
containers = ["core.training"]
layers = ["metrics | failures", "launch", "run", "recipe"]
exhaustive = true

[[tool.importlinter.contracts]]
name = "labels"
type = "layers"
containers = ["core.labels"]
layers = ["imports", "checks | formats", "images", "label_set : findings : corrections : statistics"]
exhaustive = true

[[tool.importlinter.contracts]]
name = "evaluation"
type = "layers"
containers = ["core.evaluation"]
layers = [
    "advice",
    "slices | intervals | readers | store | validation_samples | mask_contours",
    "scores",
    "thresholds",
    "matching",
    "predictions",
]
exhaustive = true

[[tool.importlinter.contracts]]
name = "pages stand on core"
type = "layers"
layers = ["pages", "core"]

[[tool.importlinter.contracts]]
name = "pages do not import each other; sections import no page, widgets import no section"
type = "layers"
containers = ["pages"]
layers = ["overview | datasets | dataset | train | runs | run | evaluate", "sections", "widgets"]
exhaustive = true

[[tool.importlinter.contracts]]
name = "sections do not know each other; compare shows two of what evaluate shows"
type = "layers"
containers = ["pages.sections"]
layers = ["compare", "evaluate | train | runs | datasets | frame"]
exhaustive = true
"""
