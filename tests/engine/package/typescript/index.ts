import * as mlops from "@pulumi/mlops";

const tags = { project: "planes", environment: "test", owner: "planes@example.com", team: "planes" };

const key = new mlops.EncryptionKey("key", {
    description: "What the feature groups keep",
    tags,
    deletionProtection: false,
});

const buckets = new mlops.ArtifactStore("buckets", {
    tags,
    deletionProtection: false,
    forceDestroy: true,
});

const store = new mlops.FeatureStore("store", {
    namePrefix: "planes",
    bucket: buckets.featuresBucket,
    prefix: "features",
    keyArn: key.arn,
    tags,
    offlineTable: mlops.FeatureStoreOfflineTable.GLUE,
    deletionProtection: false,
    groups: [
        {
            name: "planes",
            description: "Aircraft by tail number",
            recordIdentifier: "tailnum",
            eventTime: "event_time",
            features: { tailnum: "String", event_time: "String", seats: "Integral" },
        },
    ],
});

export const group = store.groupNames.apply(names => names["planes"]);
