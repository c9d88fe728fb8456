"""What the cluster and the RFCs say, as tables. Data only: no store, no clock."""
