"""What only people can say of the model of digits; standard library only."""

from __future__ import annotations

from pipelines.shared.recorder.card import Purpose

PURPOSE = Purpose(
    description="Which of the ten digits a grey image of eight by eight pixels shows.",
    purpose="Read single hand-written digits from cameras of unequal quality.",
    intended_uses=(
        "Reading digits that were cut out and scaled to eight by eight pixels. Not for whole "
        "numbers, letters, or decisions about whoever wrote them."
    ),
    factors=(
        "Light, blur and slant of the image. Digits of other alphabets, and cameras unlike those "
        "of the training window, are outside what it has seen."
    ),
    risk_rating="Low",
    risk_explanation=(
        "A digit that is read wrongly is corrected by a person; the images hold no personal data."
    ),
    problem_type="Multi-class Classification",
    algorithm="Convolutional neural network (PyTorch)",
    business_problem="Digits are typed by hand from images.",
    stakeholders="Document intake",
    ethical_considerations=(
        "The images come from 43 writers of one country; other habits of writing are read worse."
    ),
    caveats=(
        "The figures are the candidate's, fitted without the held-out images; what serves was "
        "fitted once more on all of them. Watch accuracy on labelled traffic and the drift alarms."
    ),
)
