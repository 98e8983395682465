"""What only people can say of the model of late flights; standard library only."""

from __future__ import annotations

from pipelines.shared.recorder.card import Purpose

PURPOSE = Purpose(
    description="Probability that a flight leaving New York arrives more than 15 minutes late.",
    purpose=(
        "Tell, before departure, which flights are likely to arrive more than 15 minutes late."
    ),
    intended_uses=(
        "Ordering flights by risk, planning connections and staff. Not for decisions about single "
        "passengers, nor for judging carriers or crews."
    ),
    factors=(
        "Schedule, carrier, route, plane, weather at the airport and yesterday's lateness of the "
        "carrier. Airports other than JFK, LGA and EWR, and storms unlike those of the training "
        "window, are outside what it has seen."
    ),
    risk_rating="Low",
    risk_explanation=(
        "A wrong prediction costs waiting or an idle hour; it decides about no person, and the "
        "data holds no personal data."
    ),
    problem_type="Binary Classification",
    algorithm="XGBoost",
    business_problem="Late arrivals are known when it is too late to plan for them.",
    stakeholders="Operations and passenger service",
    ethical_considerations=(
        "Flights, planes and weather only; nothing about passengers or crew. Carriers with few "
        "flights are predicted less reliably."
    ),
    caveats=(
        "The figures are the candidate's, fitted without the held-out flights; what serves was "
        "fitted once more on all of them. Watch AUC on labelled traffic and the drift alarms."
    ),
)
