"""The flights use case: will a flight leaving New York arrive more than 15 minutes late?"""
